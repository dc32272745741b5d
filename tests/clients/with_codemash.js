// Drives codemash 1.16.0 as its users do. Standard input tells where the server is, who comes in and
// which functions there are; each step is reported in a line of JSON on standard output.
'use strict';

const { code, config } = require('codemash');

const UNKNOWN = '0'.repeat(32);

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const did = async (step, request) => {
  try {
    tell({ step, returned: await code.executeFunction(request) });
  } catch (error) {
    const { name, message, status, errors } = error;
    tell({ step, raised: error.constructor.name, name, message, status, errors });
  }
};

const drive = async ({ url, account_id: account, api_key: secretKey, functions }) => {
  config.apiUrl = url; // a property that the package exports; init() has no word for it
  config.init({ secretKey, projectId: account });
  const { echo, context, thrower, endless, text, nothing } = functions;

  await did('data', { functionId: echo, data: { total: 12.5, name: 'žalia' } });
  await did('no data', { functionId: echo });
  await did('$LATEST', { functionId: echo, data: [1], qualifier: '$LATEST' });
  await did('key of its own', { functionId: echo, data: 0, secretKey });
  await did('text', { functionId: text });
  await did('nothing', { functionId: nothing });
  await did('meta and tokens', {
    functionId: context,
    meta: { colour: 'žalia', constructor: 'c' },
    tokens: { user: 'u' },
  });
  await did('neither', { functionId: context });

  await did('throw', { functionId: thrower });
  await did('endless', { functionId: endless });
  await did('unknown function', { functionId: UNKNOWN });
  await did('unknown version', { functionId: echo, qualifier: '42' });
  await did('malformed id', { functionId: 'x' });
  await did('malformed meta', { functionId: echo, meta: { a: 1 } });
  await did('wrong key', { functionId: echo, secretKey: 'wrong' });
  config.init({ secretKey, projectId: UNKNOWN });
  await did('unknown project', { functionId: echo });
};

let given = '';
process.stdin.on('data', (chunk) => (given += chunk));
process.stdin.on('end', () => drive(JSON.parse(given)));
