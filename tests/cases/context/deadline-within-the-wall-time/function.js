const left = context.deadline_ms - Date.now();
return [Number.isInteger(context.deadline_ms), left > 0, left <= 2000];
