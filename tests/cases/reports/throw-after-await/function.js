await null;
await new Promise((resolve) => setTimeout(resolve, 1));

throw new Error('after');
