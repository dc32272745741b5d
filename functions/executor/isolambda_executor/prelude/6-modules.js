// The modules of a function (`later/modules.js`).
let modules; // by name; undefined: the source is the body of a function
let callFetch; // of an HTTP function: calls an object with a `fetch`
let linked; // while they are loaded: all their code, and whether the first is a module
const linkModules = (program) => later('modules').linkModules(program);
const compileModules = (source) => later('modules').compileModules(source);
