return {get a() { throw new Error('got'); }};
