throw new Error('no', {cause: {code: 5, why: ['late', null, 1n, undefined]}});
