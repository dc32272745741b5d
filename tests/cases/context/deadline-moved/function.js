context.deadline_ms = Infinity;
while (true);
