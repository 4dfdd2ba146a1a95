// Where overseas Chinese live: country as the form says it, city, IANA zone, and where the city lies.

export const PLACES = [
  ['欧洲', [
    ['意大利', '米兰', 'Europe/Rome', 45.4642, 9.19],
    ['西班牙', '马德里', 'Europe/Madrid', 40.4168, -3.7038],
    ['法国', '巴黎', 'Europe/Paris', 48.8566, 2.3522],
    ['英国', '伦敦', 'Europe/London', 51.5074, -0.1278],
    ['德国', '法兰克福', 'Europe/Berlin', 50.1109, 8.6821],
    ['荷兰', '鹿特丹', 'Europe/Amsterdam', 51.9244, 4.4777],
    ['葡萄牙', '里斯本', 'Europe/Lisbon', 38.7223, -9.1393],
    ['俄罗斯', '莫斯科', 'Europe/Moscow', 55.7558, 37.6173],
  ]],
  ['美洲', [
    ['美国', '纽约', 'America/New_York', 40.7128, -74.006],
    ['美国', '旧金山', 'America/Los_Angeles', 37.7749, -122.4194],
    ['加拿大', '温哥华', 'America/Vancouver', 49.2827, -123.1207],
    ['加拿大', '多伦多', 'America/Toronto', 43.6532, -79.3832],
    ['巴西', '圣保罗', 'America/Sao_Paulo', -23.5505, -46.6333],
    ['阿根廷', '布宜诺斯艾利斯', 'America/Argentina/Buenos_Aires', -34.6037, -58.3816],
    ['秘鲁', '利马', 'America/Lima', -12.0464, -77.0428],
    ['巴拿马', '巴拿马城', 'America/Panama', 8.9824, -79.5199],
    ['苏里南', '帕拉马里博', 'America/Paramaribo', 5.852, -55.2038],
  ]],
  ['亚洲', [
    ['马来西亚', '吉隆坡', 'Asia/Kuala_Lumpur', 3.139, 101.6869],
    ['新加坡', '新加坡', 'Asia/Singapore', 1.3521, 103.8198],
    ['泰国', '曼谷', 'Asia/Bangkok', 13.7563, 100.5018],
    ['印度尼西亚', '雅加达', 'Asia/Jakarta', -6.2088, 106.8456],
    ['菲律宾', '马尼拉', 'Asia/Manila', 14.5995, 120.9842],
    ['日本', '东京', 'Asia/Tokyo', 35.6762, 139.6503],
    ['韩国', '首尔', 'Asia/Seoul', 37.5665, 126.978],
    ['阿联酋', '迪拜', 'Asia/Dubai', 25.2048, 55.2708],
    ['中国', '家乡', 'Asia/Shanghai', 23.1291, 113.2644],
  ]],
  ['大洋洲与非洲', [
    ['澳大利亚', '悉尼', 'Australia/Sydney', -33.8688, 151.2093],
    ['新西兰', '奥克兰', 'Pacific/Auckland', -36.8509, 174.7645],
    ['南非', '约翰内斯堡', 'Africa/Johannesburg', -26.2041, 28.0473],
  ]],
].map(([region, places]) => ({
  region,
  places: places.map(([country, city, zone, lat, lon]) => ({ country, city, zone, lat, lon, label: `${country} · ${city}` })),
}))

export const everyPlace = PLACES.flatMap(({ places }) => places)

/** Where this person probably is; the first place of the list when nothing fits. */
export const placeOf = person =>
  everyPlace.find(place => place.zone === person?.zone) ?? everyPlace.find(place => place.country === person?.country) ?? everyPlace[0]

const NAMES = ['普拉托阿强', '巴塞罗那小陈', '里昂梁嫂', '曼城阿斌', '汉堡老郑', '布鲁克林阿珍', '温哥华黄伯', '利马阿昌', '雪兰莪秀兰', '横滨小何', '墨尔本阿芳', '奥克兰老吴']
export const someName = taken => NAMES.find(name => !taken.includes(name)) ?? `乡亲${taken.length + 1}`
