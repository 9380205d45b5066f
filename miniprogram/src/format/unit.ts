/** Units as faces.md 2.2 spells them; the wire has the engine's symbols. */
export function unitName(unit: string): string {
  return unit.replace(/(10\^4|1e4)\s*/g, '万').replace(/(10\^8)\s*/g, '亿').replace(/k?Nm3/g, (m) => (m === 'kNm3' ? '千m³' : 'm³')).replace(/m3\b/g, 'm³').replace(/m2\b/g, 'm²').replace(/\bwan\b|万CNY|wanyuan/g, '万元').replace(/\byuan\b/g, '元')
}
