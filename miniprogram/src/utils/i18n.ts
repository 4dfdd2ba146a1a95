// All words that the mini-program says by itself, in one place. Another script or language is another catalogue of the
// same shape; {name} is a place to fill in. Topics, notices and names of states come from the server.
import { zhHans } from './zh-hans'

export type Strings = typeof zhHans

const CATALOGUES: Record<string, Strings> = { 'zh-Hans': zhHans } // 'zh-Hant' joins here

const KEPT = 'language'
let spoken = (wx.getStorageSync(KEPT) as string) || 'zh-Hans' // known before the first page is made, which copies its words

/** From now on strings() answers in this language, where there is a catalogue for it; open pages change when opened again. */
export function speak(language: string) {
  spoken = language
  wx.setStorageSync(KEPT, language)
}

/** The catalogue of the language spoken; simplified Chinese where there is no other. */
export const strings = (): Strings => CATALOGUES[spoken] ?? zhHans

/** fill('第{n}页', {n: 2}) → '第2页'. */
export const fill = (text: string, values: Record<string, string | number>) =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => name in values ? String(values[name]) : whole)
