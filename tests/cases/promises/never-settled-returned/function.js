return new Promise(() => {});
