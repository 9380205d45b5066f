/** Green power: the same reading, checks and words as on the console, so they stand in one place. */
export { blank, type Green, greenFault, greenOf, type GreenShown, greenWire, greenWords, judgedGreen, storedGreen } from '../../../web/src/format/green'
