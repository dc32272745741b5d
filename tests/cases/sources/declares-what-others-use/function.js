}); function Number() { return 'mine'; } (function () {
