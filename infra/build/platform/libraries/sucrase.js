// TypeScript and modules to plain scripts. The parts that `transform` of sucrase is made of: `module_compiler.js` also
// needs the tokens, what is imported, and where each token went.
export { default as CJSImportProcessor } from 'sucrase/dist/esm/CJSImportProcessor';
export { HelperManager } from 'sucrase/dist/esm/HelperManager';
export { default as NameManager } from 'sucrase/dist/esm/NameManager';
export { default as TokenProcessor } from 'sucrase/dist/esm/TokenProcessor';
export { default as identifyShadowedGlobals } from 'sucrase/dist/esm/identifyShadowedGlobals';
export { parse } from 'sucrase/dist/esm/parser';
export { default as State } from 'sucrase/dist/esm/parser/tokenizer/state';
export { TokenType } from 'sucrase/dist/esm/parser/tokenizer/types';
export { default as RootTransformer } from 'sucrase/dist/esm/transformers/RootTransformer';
