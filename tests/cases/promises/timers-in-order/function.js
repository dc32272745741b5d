const order = [];
const timer = (name, delay) => setTimeout((text) => {
  order.push(text);
  Promise.resolve().then(() => order.push(`after ${text}`));
}, delay, name);
timer('fourth', 40);
timer('second', 20);
timer('third', 20);
clearTimeout(timer('never', 30));
timer('first', 10);
await new Promise((resolve) => setTimeout(resolve, 60));
return order;
