console.log('a', 1);
console.debug('b');
console.info('c');
console.warn('d');
console.error('e');
console.assert(false, 'f');
console.assert(true, 'g');
