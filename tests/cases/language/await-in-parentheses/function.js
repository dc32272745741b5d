return await (async () => 'done')();
