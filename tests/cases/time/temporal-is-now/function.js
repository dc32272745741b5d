return Math.abs(Number(Temporal.Now.instant().epochMilliseconds) - Date.now()) < 1000;
