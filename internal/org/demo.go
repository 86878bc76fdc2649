package org

import (
	"context"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
)

// Account is a way into the demonstration, to be printed where it is started.
type Account struct {
	Name, Login, Password string
	Office                auth.Office
	OfficeName            string
	Roles                 []Role
}

// demoStaff are invented. Their passwords stand here for everyone to read, so Demo
// never puts them beside real people.
var demoStaff = []struct {
	login, name, password string
	office                auth.Office
	rank, post            string
	roles                 []Role
}{
	{"vanthu", "Hoàng Thị Mẩy", "nhan du ho so roi moi ky", "lao-cai-kv3", "Chuyên viên", "Văn thư", []Role{Clerk}},
	{"ksv", "Giàng A Páo", "doc het ho so truoc khi hoi", "lao-cai-kv3", "Kiểm sát viên sơ cấp", "", []Role{Prosecutor}},
	{"ksv2", "Lương Thu Hà", "trich dung but luc la xong", "lao-cai-kv3", "Kiểm sát viên trung cấp", "", []Role{Prosecutor}},
	{"vientruong", "Trần Quang Vịnh", "cong minh chinh truc moi ngay", "lao-cai-kv3", "Kiểm sát viên trung cấp", "Viện trưởng", []Role{Chief, Prosecutor}},
	{"phovt", "Sùng Seo Lử", "thay mat vien truong ky thay", "lao-cai-kv3", "Kiểm sát viên trung cấp", "Phó Viện trưởng", []Role{DeputyChief, Prosecutor}},
	{"luutru", "Đỗ Hải Yến", "giay cu giu duoc tram nam", "lao-cai-kv3", "Cán sự", "Lưu trữ", []Role{Archivist}},
	{"truongphong", "Nguyễn Đức Khải", "phong mot nhin xuong khu vuc", "lao-cai", "Kiểm sát viên cao cấp", "Trưởng phòng 1", []Role{Head, Prosecutor}},
	{"thongke", "Vừ Thị Mai", "so lieu dung mot lan nhap thoi", "lao-cai-kv3", "Chuyên viên", "Cán bộ thống kê", []Role{Statistician}},
	{"vientruong2", "Hoàng Seo Dín", "khu vuc hai ky chot dung han", "lao-cai-kv2", "Kiểm sát viên trung cấp", "Viện trưởng", []Role{Chief, Prosecutor}},
	{"ksv_kv2", "Thào A Chư", "ho so khu vuc hai gon trong tu", "lao-cai-kv2", "Kiểm sát viên sơ cấp", "", []Role{Prosecutor}},
	{"thongke2", "Ly Seo Phừ", "chot so khu vuc hai cuoi thang", "lao-cai-kv2", "Chuyên viên", "Cán bộ thống kê", []Role{Statistician}},
	{"vientruongtinh", "Hà Quốc Bảo", "ca tinh nhin tren mot bang so", "lao-cai", "Kiểm sát viên cao cấp", "Viện trưởng", []Role{Chief, Prosecutor}},
	{"thongketinh", "Đinh Thị Vân", "cong lai tu cac khu vuc moi dung", "lao-cai", "Chuyên viên", "Cán bộ thống kê", []Role{Statistician}},
	{"quantri", "Phạm Văn Lực", "may chu chay em khong ai hay", "lao-cai", "Chuyên viên", "Quản trị hệ thống", []Role{SysAdmin}},
}

// Demo puts invented people into the offices of Lào Cai and returns how to sign in
// as each. It refuses to where real people work.
func (s *Service) Demo(ctx context.Context) (out []Account, err error) {
	defer fault.Wrap(&err, "demo")
	if err := s.Load(ctx); err != nil {
		return nil, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		real, err := s.store.countStaff(ctx, false)
		if err == nil && real > 0 {
			err = ErrDemo
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, d := range demoStaff {
		o, err := s.office(ctx, d.office)
		if err != nil {
			return nil, err
		}
		if err := s.demoPerson(ctx, Staff{ID: id.New[Staff](), Login: d.login, Name: d.name, Office: d.office, Rank: d.rank,
			Post: d.post, Roles: d.roles, Demo: true, Created: s.now()}, d.password); err != nil {
			return nil, err
		}
		out = append(out, Account{d.name, d.login, d.password, o.ID, o.Short, d.roles})
	}
	return out, nil
}

// demoPerson enters p unless someone holds the login already.
func (s *Service) demoPerson(ctx context.Context, p Staff, pw string) error {
	if has, err := s.store.hasLogin(ctx, p.Login); err != nil || has {
		return err
	}
	hash, err := s.newPassword(ctx, p, pw)
	if err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertStaff(ctx, p, "", p.Created); err != nil {
			return err
		}
		return s.store.setPassword(ctx, p.ID, hash)
	})
}
