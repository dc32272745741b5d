// Decoders of Big5, EUC-JP, EUC-KR, GB18030, GBK, ISO-2022-JP and Shift_JIS, which need large tables.
export { createMultibyteDecoder } from '@exodus/bytes/multi-byte.js';
