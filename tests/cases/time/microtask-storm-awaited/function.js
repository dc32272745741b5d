const storm = () => Promise.resolve().then(storm);
storm();
await new Promise(() => {});
