// node functions_framework.js FOLDER PORT: the framework's own server, on 127.0.0.1 alone.
const [folder, port] = process.argv.slice(2);
const requireFrom = require('node:module').createRequire(`${folder}/`);
const framework = requireFrom('@google-cloud/functions-framework');
const { getTestServer } = requireFrom('@google-cloud/functions-framework/testing');

framework.http('hi', (request, response) => {
  response.json({ hi: request.body.name });
});

getTestServer('hi').listen(Number(port), '127.0.0.1');
