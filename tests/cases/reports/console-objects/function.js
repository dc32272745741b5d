console.log({a: [1, 'two', {three: null}], m: new Map([['k', new Set([1n])]]), d: new Date(0), r: /x/g, f() {}, u: undefined, z: -0, get g() { throw 1; }});
const loop = {}; loop.loop = loop;
console.log(loop, [,], Symbol('s'), new Uint8Array(2), class A {}, Object.create(null));
