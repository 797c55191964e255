// Checks every definition of a JSON object on stdin with asl-validator; prints what is wrong, by its name.
const { readFileSync } = require("node:fs");
const ajv = require("ajv");

// The validator compiles its schemas anew for every definition: one compilation serves for all.
const Compiler = ajv.default;
let compiled;
ajv.default = function (options) {
  if (compiled) compiled.addKeyword = compiled.addFormat = () => compiled;
  return (compiled ??= new Compiler(options));
};
const validate = require("asl-validator");

const wrong = {};
for (const [name, definition] of Object.entries(JSON.parse(readFileSync(0)))) {
  const result = validate(definition);
  if (!result.isValid) wrong[name] = result.errors.map((e) => `${e["Error code"]}: ${e.Message}`);
}
process.stdout.write(JSON.stringify(wrong));
