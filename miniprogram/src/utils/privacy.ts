// WeChat stops private APIs (photos) until the person has agreed to the privacy guide in a sheet of our own.
export type Decide = (answer: { event: 'agree' | 'disagree'; buttonId?: string }) => void

let sheet: ((decide: Decide) => void) | null = null
let isListening = false

/** The page that is now in front shows its sheet when WeChat asks. WeChat keeps one listener for the whole app. */
export function showSheetWith(open: ((decide: Decide) => void) | null) {
  sheet = open
  if (isListening) return
  isListening = true
  wx.onNeedPrivacyAuthorization?.(decide => {
    if (sheet) sheet(decide as unknown as Decide)
    else (decide as unknown as Decide)({ event: 'disagree' })
  })
}
