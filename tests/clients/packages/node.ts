// What @slack/web-api uses of Node.js, which an isolate is not, where it sends no files.
export const basename = (path: string) => path.slice(path.lastIndexOf('/') + 1);
export const stringify = (pairs: Record<string, string>) => `${new URLSearchParams(pairs)}`;
export const platform = () => 'isolambda';
export const release = () => '1';
export const process = { title: 'isolambda', version: 'v1', env: {} };
export const Buffer = { isBuffer: () => false };
export class Readable {}
export default {};
