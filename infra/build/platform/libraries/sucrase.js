// TypeScript and modules to plain scripts.
export { transform } from 'sucrase';
