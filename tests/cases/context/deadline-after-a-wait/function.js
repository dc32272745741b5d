await new Promise((resolve) => setTimeout(resolve, 20));
return context.deadline_ms - Date.now() <= 1980;
