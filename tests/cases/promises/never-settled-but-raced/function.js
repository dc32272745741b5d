return Promise.race([new Promise(() => {}), new Promise((resolve) => setTimeout(resolve, 30, 'won'))]);
