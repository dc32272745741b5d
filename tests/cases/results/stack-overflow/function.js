const down = () => down();
down();
