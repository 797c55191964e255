// One request of IAM a line, as JSON; one verdict a line, in the same order.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

for await (const line of createInterface({ input: process.stdin })) {
  let verdict
  try {
    const done = await runSimulation(JSON.parse(line), {})
    verdict =
      done.resultType === 'error'
        ? { error: done.errors }
        : { result: done.overallResult, ignored: done.result?.ignoredContextKeys ?? [] }
  } catch (error) {
    verdict = { error: String(error) }
  }
  process.stdout.write(JSON.stringify(verdict) + '\n')
}
