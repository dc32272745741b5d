const reason = new Error('handled');
const early = Promise.reject(reason);
early.catch(() => {});
const inJob = Promise.reject(reason);
Promise.resolve().then(() => inJob.catch(() => {}));
const inTimer = Promise.reject(reason);
setTimeout(() => inTimer.then(null, () => {}), 5);
const awaited = Promise.reject(reason);
await new Promise((resolve) => setTimeout(resolve, 30));
try {
  await awaited;
} catch (error) {
  return error === reason;
}
