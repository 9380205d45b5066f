/** What a person types as an amount: the same reading as on the console, so it stands in one place. */
export { type Entry, normalise, placesWord } from '../../../web/src/format/entry'
