package main

import (
	"context"

	"congminh/internal/seal/keys"
)

const signerHelp = `
Máy chủ tự gọi lệnh này để giữ thư viện PKCS#11 của nhà cung cấp trong một tiến trình
riêng: thư viện hỏng hay treo không làm máy chủ dừng. Không dùng trực tiếp.
The server starts this to keep a vendor's PKCS#11 library away from itself.`

func signer(_ context.Context, e env, _ []string) int {
	if err := keys.Serve(); err != nil {
		return e.fail(err)
	}
	return done
}
