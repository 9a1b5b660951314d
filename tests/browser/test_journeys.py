"""One journey for each role, as a person would walk it, in Chinese."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

PASSWORD = "wujin-demo"
Accessible = Callable[[Page], None]


def enter(page: Page, role: str, then: str = "/") -> None:
    page.goto(f"/sign-in?next={then}")
    page.get_by_label("邮箱").fill(f"{role}@demo.wujin")
    page.get_by_label("密码").fill(PASSWORD)
    page.locator("main form").first.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile(re.escape(then) + "$"))


def press(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("main").get_by_role("button", name=name).first.click()
    page.wait_for_load_state()


def refuse_words_for_a_number(page: Page, accessible: Accessible) -> None:
    page.fill("input[name=mass_t]", "六千")
    press(page, re.compile("下一步"))
    expect(page.locator("[role=alert], .error-summary").first).to_be_visible()
    expect(page.locator("input[name=mass_t]")).to_have_value("六千")
    accessible(page)


def fill_five_steps(page: Page, accessible: Accessible) -> None:
    page.select_option("select[name=material_id]", "fly_ash")
    press(page, re.compile("下一步"))
    refuse_words_for_a_number(page, accessible)
    page.fill("input[name=mass_t]", "6,000")
    press(page, re.compile("下一步"))
    for name, value in (("value_0", "14"), ("value_1", "98"), ("value_2", "3.2")):
        page.fill(f"input[name={name}]", value)
    page.fill("input[name=sampled_on]", "2026-11-10")
    accessible(page)
    press(page, re.compile("下一步"))
    page.check("input[name=site_id] >> nth=0")
    accessible(page)
    press(page, re.compile("下一步"))
    page.check("input[name=kind] >> nth=0")
    page.fill("input[name=price_yuan]", "88")
    accessible(page)
    press(page, "去核对")


def test_a_producer_posts_ash_sees_where_it_may_go_corrects_it_and_withdraws_it(
    page: Page, accessible: Accessible
):
    enter(page, "producer", "/listings/new")
    fill_five_steps(page, accessible)
    accessible(page)
    page.check("input[name=declared]")
    press(page, "发布")

    expect(page).to_have_url(re.compile(r"/listings/\d+$"))
    listing = page.url
    expect(page.get_by_role("heading", name="撮合建议")).to_be_visible()
    expect(page.get_by_text(re.compile("II 级")).first).to_be_visible()
    accessible(page)

    press(page, "修改")
    page.get_by_role("link", name=re.compile("价格")).first.click()
    page.fill("input[name=price_yuan]", "91")
    press(page, re.compile("去核对|核对"))
    page.check("input[name=declared]")
    press(page, re.compile("发布|保存"))
    expect(page).to_have_url(listing)
    expect(page.locator(".kv-strip, dl").first).to_contain_text("91")

    press(page, "撤下")
    page.goto("/my/listings")
    expect(page.get_by_text("已撤下").first).to_be_visible()
    accessible(page)

    page.context.clear_cookies()
    assert page.goto(listing).status == 404


def test_a_receiver_finds_gypsum_and_asks_for_a_run_but_may_not_plan_trucks(
    page: Page, accessible: Accessible
):
    enter(page, "receiver")
    page.get_by_role("searchbox").first.fill("石膏")
    page.get_by_role("main").get_by_role("button", name="搜索").click()
    expect(page.locator(".hit").first).to_contain_text("石膏")
    accessible(page)
    page.locator(".hit a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("石膏")

    page.goto("/listings/new?side=want")
    expect(page.get_by_role("heading", level=1)).to_contain_text("要")
    accessible(page)

    page.goto("/runs/new")
    page.check("input[name=material_ids][value=fgd_gypsum]")
    press(page, "开始测算")
    expect(page.get_by_text("独立核对通过")).to_be_visible(timeout=60_000)

    assert page.goto("/haulage/plans/new").status == 403
    accessible(page)


def test_a_park_manager_runs_the_region_reads_the_network_and_plans_a_day(
    page: Page, accessible: Accessible
):
    enter(page, "park", "/runs/new")
    accessible(page)
    press(page, "开始测算")
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))
    expect(page.get_by_text("独立核对通过")).to_be_visible(timeout=60_000)
    accessible(page)

    page.goto("/park")
    expect(page.locator("canvas").first).to_be_visible()
    expect(page.locator(".leaflet-container")).to_be_visible()
    accessible(page)

    page.goto("/haulage/plans/new")
    accessible(page)
    page.fill("input[name=time_limit_s]", "2")
    page.get_by_role("main").locator("form button[type=submit]").last.click()
    expect(page).to_have_url(re.compile(r"/haulage/plans/\d+"))
    expect(page.get_by_text("可执行").first).to_be_visible(timeout=60_000)
    accessible(page)
    page.goto(page.url.split("?")[0] + "/sheets/1")
    expect(page.get_by_role("img", name=re.compile("二维码"))).to_be_visible()
    accessible(page)


def test_staff_take_down_a_listing_nobody_else_may(page: Page):
    page.goto("/market?side=offer&material=waste_tyres")
    page.locator(".hit a").first.click()
    listing = page.url
    expect(page.get_by_role("button", name="撤下")).to_have_count(0)
    enter(page, "staff")
    page.goto(listing)
    press(page, "撤下")
    page.goto("/market?side=offer&material=waste_tyres")
    expect(page.locator(f'.hit a[href="{listing.split("/", 3)[-1]}"]')).to_have_count(0)


def test_the_address_of_a_filter_holds_only_what_was_asked(page: Page):
    page.goto("/market")
    page.locator("input[name=material]").first.check()
    expect(page).to_have_url(re.compile(r"/market\?side=offer&material=\w+$"))


def test_going_back_unticks_what_the_address_does_not_ask_for(page: Page):
    page.goto("/market?side=offer&material=fly_ash")
    grade = page.locator("input[name=grade][value=II]")
    grade.check()
    expect(page).to_have_url(re.compile(r"&grade=II$"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"material=fly_ash$"))
    expect(grade).not_to_be_checked()
    page.go_forward()
    expect(page).to_have_url(re.compile(r"&grade=II$"))
    expect(grade).to_be_checked()


def test_the_market_is_read_with_the_keyboard_alone(page: Page):
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")
    page.keyboard.press("Enter")
    page.get_by_role("searchbox").first.focus()
    page.keyboard.type("污泥")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q="))
    expect(page.locator(".hit")).to_have_count(1)
    expect(page.locator(".hit a").first).to_contain_text("污泥")
