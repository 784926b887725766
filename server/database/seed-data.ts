/** The shop's first users and products, with fixed ids. */

interface SeedUser {
  id: string
  name: string
  password: string
  /** In cents. */
  balance: number
}

interface SeedProduct {
  id: string
  name: string
  /** In stock. */
  quantity: number
  /** In cents. */
  price: number
}

// Enough for one hour of the demo without running out of money or stock.
const RICH = 1_000_000_000

/** Every user has the password `password<n>`. The last one can afford only a pencil. */
export const USERS: readonly SeedUser[] = [
  user(1, 'a76afb96-191a-4bcb-a438-a366f886168d', RICH),
  user(2, '9ae88e94-d33e-4f39-8c98-a58182acacb5', RICH),
  user(3, 'e38ab1c0-6fd2-4aa3-9bb9-bb532c74c3a3', RICH),
  user(4, '720b394a-15af-43e0-b670-ac3ba62db06f', RICH),
  user(5, 'ee30a74b-6596-4f94-8285-5d9de0f14e39', RICH),
  user(6, '42345b83-7e44-495a-b723-ada6bdc88ea6', RICH),
  user(7, '9fd92d69-7f50-4108-9cff-5d2456b15cab', RICH),
  user(8, '8256dccb-2cd2-498f-8aed-fe17f204b7d2', RICH),
  user(9, '78d78ac2-407a-4b69-a83c-ad2903ed7309', RICH),
  user(10, '5f747bee-4847-4fe4-9a93-7b0e4a77507b', RICH),
  user(11, 'f9f79943-807a-4eba-bfe8-10d955fcca9c', RICH),
  user(12, '916e7b18-2605-4609-a24e-7d9298597b70', RICH),
  user(13, '557bad25-52e1-487e-9d00-d7eac99bf245', RICH),
  user(14, '00a645a0-28c8-4069-9b16-d41059021c6c', RICH),
  user(15, '6d9d56f2-e1a4-42c3-b62f-91c10f0fcf55', RICH),
  user(16, 'a25ff9f6-705e-4a34-bbfe-045387576d70', RICH),
  user(17, 'b23acfba-5d67-4bb7-8536-bd83728514df', RICH),
  user(18, 'a9fd3d35-e133-4574-bfc6-858d788c318f', RICH),
  user(19, 'b8436e8b-6355-435b-abeb-a34e4bd4beaf', RICH),
  user(20, 'c565230b-a7d7-4369-9ece-58598e5078ea', RICH),
  user(21, 'ae00ba22-2827-412e-80c8-7c45959235d3', RICH),
  user(22, 'e9cc151f-d159-4187-aa8e-4adfb049b785', RICH),
  user(23, '462c0f44-be87-41df-80f0-d127fe15b709', RICH),
  user(24, '277c8af2-08db-40ce-9448-09dc4f5c077c', 200),
]

/** Best sellers first. Fewer than 1000 notebooks are in stock. The last is nearly sold out. */
export const PRODUCTS: readonly SeedProduct[] = [
  { id: '4b7c3db6-8c93-487d-af9c-07d8a5aa1bb1', name: 'Pencil', quantity: 120_000, price: 90 },
  { id: 'f0b08992-1e7d-482f-b94f-5a6466606273', name: 'Desk lamp', quantity: 40_000, price: 3900 },
  { id: '4923971f-ebe4-4a8d-857e-cf80dd70c534', name: 'Coffee mug', quantity: 80_000, price: 1250 },
  { id: '8c58e301-bbed-4c90-9d97-df5d59718ef7', name: 'Keyboard', quantity: 25_000, price: 7900 },
  { id: '3ef49b1c-877f-4931-a2e4-daf679db4f11', name: 'Notebook', quantity: 990, price: 450 },
  { id: '0c70550f-b43c-4f38-9b9a-98e5644c69b2', name: 'Mouse pad', quantity: 60_000, price: 1100 },
  {
    id: 'f4df0515-e6b9-4ff5-aae5-02ff5e11be52',
    name: 'Water bottle',
    quantity: 50_000,
    price: 1690,
  },
  { id: '4aac2ef7-1ef1-4225-ac28-df1528970d8e', name: 'Umbrella', quantity: 30_000, price: 2400 },
  { id: 'fc449b15-a24e-46b7-86f8-8f62a5b0ec4a', name: 'Backpack', quantity: 20_000, price: 5900 },
  { id: '214ac700-b306-4f8d-a844-56d9c78c1068', name: 'Headphones', quantity: 15_000, price: 8900 },
  { id: '9bc0152a-20fd-4fd6-aef9-fcddc8b65a81', name: 'Wall clock', quantity: 18_000, price: 2950 },
  { id: '2c4fccfc-6e6f-49a7-be1d-7425ccfa7694', name: 'Tea towel', quantity: 70_000, price: 790 },
  {
    id: '6b35d9ec-ef47-4db4-914c-5ef7c0931e52',
    name: 'Bicycle bell',
    quantity: 45_000,
    price: 1490,
  },
  { id: '8057c564-6b8e-473c-b9bf-93dbce93b820', name: 'Candle', quantity: 65_000, price: 990 },
  { id: 'e4db4760-4a56-4d1e-b366-adadf700e9a2', name: 'Chess set', quantity: 12_000, price: 4500 },
  { id: 'a7c12424-65d3-4bc8-9fa8-69cc2f1c0798', name: 'Telescope', quantity: 10, price: 24900 },
]

function user(number: number, id: string, balance: number): SeedUser {
  return { id, name: `user-${number}`, password: `password${number}`, balance }
}
