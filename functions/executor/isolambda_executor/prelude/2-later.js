// The scripts of the prelude that most executions do not need (`later/`) come when they are first used, as the chunks
// of the platform do. Each is evaluated in this scope: so it stands on the built-ins that were read above, whatever
// user code has done to them by then.
const evaluated = { __proto__: null };
const evaluateHere = (script) => eval(script); // V8's own: see `engine.py`

// Returns what a script exports.
const later = (name) => {
  if (evaluated[name] === undefined) {
    const script = chunkText(numberOfChunk[`later/${name}`]);
    evaluated[name] = evaluateHere(`(() => {${script}})()\n//# sourceURL=isolambda:${name}`);
  }
  return evaluated[name];
};
