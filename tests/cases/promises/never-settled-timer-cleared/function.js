await new Promise((resolve) => clearTimeout(setTimeout(resolve, 20000)));
