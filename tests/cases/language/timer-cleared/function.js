let rang = false;
clearTimeout(setTimeout(() => { rang = true; }, 5));
await new Promise((resolve) => setTimeout(resolve, 30));
return rang;
