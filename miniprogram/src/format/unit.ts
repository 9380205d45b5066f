/** Units as faces.md 2.2 spells them: one spelling for console and phone, so it stands in one place. */
export { unitName } from '../../../web/src/format/unit'
