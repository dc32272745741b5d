return await new Promise((resolve) => setTimeout(resolve, 0, 'soon'));
