// Runs one invocation of a Node handler: the event on stdin, the answer as JSON in a file.
const fs = require("fs"), path = require("path"), http = require("http"), https = require("https");

// The provider framework answers over https and drops the port; loopback speaks plain http.
const request = https.request;
https.request = (options, ...rest) =>
  options && (options.hostname || options.host) === "127.0.0.1"
    ? http.request({ ...options, port: process.env.LOCAL_PORT }, ...rest)
    : request(options, ...rest);

function context() {
  const deadline = 1000 * Number(process.env.LOCAL_DEADLINE);
  return {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    invokedFunctionArn: process.env.LOCAL_FUNCTION_ARN,
    awsRequestId: process.env.LOCAL_REQUEST_ID,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

// Lambda's runtime brings the AWS SDK, this one does not: say so instead of never answering.
function tellMissingSdk(event, error) {
  if (!event || !event.ResponseURL || !/Cannot find module '@aws-sdk\//.test(error.message)) return null;
  const reason = "the local emulation has no @aws-sdk for Node functions; install it and set NODE_PATH to it";
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId } = event;
  const physical = PhysicalResourceId || RequestId;
  const body = { Status: "FAILED", Reason: reason, PhysicalResourceId: physical, StackId, RequestId, LogicalResourceId };
  return fetch(event.ResponseURL, { method: "PUT", body: JSON.stringify(body) });
}

(async () => {
  let event;
  const answer = (value) => fs.writeFileSync(process.env.LOCAL_RESULT, JSON.stringify(value));
  try {
    const [file, name] = process.env._HANDLER.split(/\.(?=[^.]+$)/);
    event = JSON.parse(fs.readFileSync(0, "utf8"));
    const handler = require(path.resolve(process.env.LAMBDA_TASK_ROOT, file))[name];
    const result = await handler(event, context());
    answer({ ok: result === undefined ? null : result });
  } catch (error) {
    console.error(error);
    await tellMissingSdk(event, error);
    answer({ err: { errorMessage: error.message, errorType: error.name, trace: [String(error.stack)] } });
  }
  process.exit(0);
})();
