// What the county says about itself (office, topics, notices). Kept on the phone: the telephone number and the form must
// be there even when the network is not.
import { fetchSite } from './api'
import { Site } from './types'

const KEPT = 'site'
const FRESH_MS = 10 * 60000

let fresh: { site: Site; at: number } | null = null

/** The copy kept on this phone, which may be old. */
export const rememberedSite = (): Site | null => (wx.getStorageSync(KEPT) as Site | '') || null

/** Resolves with the county's page, at most ten minutes old; without a network with the kept copy. Rejects with ApiError when there is none. */
export async function loadSite(): Promise<Site> {
  if (fresh && Date.now() - fresh.at < FRESH_MS) return fresh.site
  try {
    const site = await fetchSite()
    fresh = { site, at: Date.now() }
    wx.setStorageSync(KEPT, site)
    return site
  } catch (error) {
    const kept = rememberedSite()
    if (kept) return kept
    throw error
  }
}

/** 12308 is for people outside China; somebody who has not said where they live probably is. */
export const needsEmergencyLine = (country: string | null | undefined) => country !== 'CN'

export const countryName = (site: Site | null, code: string | null) =>
  (code && site?.countries.find(country => country.code === code)?.name) || ''
