// What the phone says about itself.
const NORMAL_FONT_PX = 17

export function device({ launch, wx }, launchOptions) {
  return {
    getAppBaseInfo: () => ({
      SDKVersion: '3.8.12', version: '8.0.60', language: launch.language, theme: 'light',
      fontSizeSetting: NORMAL_FONT_PX * launch.fontScale, fontSizeScaleFactor: launch.fontScale,
    }),
    getWindowInfo: () => ({ windowWidth: innerWidth, windowHeight: innerHeight - 44, screenWidth: innerWidth, screenHeight: innerHeight, pixelRatio: devicePixelRatio }),
    getEnterOptionsSync: () => launchOptions,
    getLaunchOptionsSync: () => launchOptions,
    canIUse: name => name.split('.')[0] in wx,
    onUnhandledRejection() {},
    onError() {},
  }
}
