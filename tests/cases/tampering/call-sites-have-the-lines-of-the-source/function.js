Error.prepareStackTrace = (error, sites) => sites.map((site) => [
  site.getLineNumber(), site.getColumnNumber(), site.getEnclosingLineNumber(), String(site), site.getEvalOrigin()]);
function inner() {
  return new Error('x').stack;
}
return [
  inner(),
  [1].map(() => new Error('y').stack)[0]];
