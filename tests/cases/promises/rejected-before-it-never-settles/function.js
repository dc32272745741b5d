(async () => { throw new Error('why'); })();
await new Promise(() => {});
