throw {message: 'no such extension', status: 404, ext: '1002', cause: new Error('why')};
