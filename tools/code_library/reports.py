"""Reports with pandas over frames that hold the shop's tables, one row each; columns are named as in the tables."""

import pandas as pd


def sales_by_day(daily_sales: pd.DataFrame) -> pd.DataFrame:
    """Units and revenue of every day, over all variants and locations.

    Also called: pandas daily sales report, sales per day, revenue by day

    >>> frame = pd.DataFrame({"day": ["d1", "d1", "d2"], "units": [1, 2, 4], "revenue_cents": [100, 200, 400]})
    >>> sales_by_day(frame)
      day  units  revenue_cents
    0  d1      3            300
    1  d2      4            400
    """
    return daily_sales.groupby("day", as_index=False)[["units", "revenue_cents"]].sum()


def sales_by_location(daily_sales: pd.DataFrame) -> pd.DataFrame:
    """Units and revenue of every store, the best first.

    Also called: pandas sales per store, compare locations, branch report

    >>> frame = pd.DataFrame({"location_id": ["a", "b"], "units": [1, 2], "revenue_cents": [100, 200]})
    >>> sales_by_location(frame)
      location_id  units  revenue_cents
    0           b      2            200
    1           a      1            100
    """
    found = daily_sales.groupby("location_id", as_index=False)[["units", "revenue_cents"]].sum()
    return found.sort_values("revenue_cents", ascending=False, ignore_index=True)


def top_products(order_lines: pd.DataFrame, *, limit: int = 10) -> pd.DataFrame:
    """The products that were ordered most, by units.

    Also called: pandas best sellers, top selling products frame

    >>> frame = pd.DataFrame({"product_id": ["P1", "P2", "P1"], "quantity": [2, 1, 3]})
    >>> top_products(frame, limit=1)
      product_id  quantity
    0         P1         5
    """
    found = order_lines.groupby("product_id", as_index=False)["quantity"].sum()
    return found.sort_values("quantity", ascending=False, ignore_index=True).head(limit)


def weekly_sales(daily_sales: pd.DataFrame) -> pd.DataFrame:
    """Units of every week, named by its Monday.

    Also called: pandas resample by week, weekly report, sales per week

    >>> frame = pd.DataFrame({"day": ["2026-11-16", "2026-11-20", "2026-11-23"], "units": [1, 2, 4]})
    >>> weekly_sales(frame)
             week  units
    0  2026-11-16      3
    1  2026-11-23      4
    """
    days = pd.to_datetime(daily_sales["day"])
    week = (days - pd.to_timedelta(days.dt.weekday, unit="D")).dt.strftime("%Y-%m-%d")
    return daily_sales.assign(week=week).groupby("week", as_index=False)["units"].sum()


def monthly_revenue(daily_sales: pd.DataFrame) -> pd.DataFrame:
    """Revenue of every month, in cents.

    Also called: pandas revenue per month, monthly report, sales by month

    >>> frame = pd.DataFrame({"day": ["2026-10-01", "2026-11-01", "2026-11-02"], "revenue_cents": [1, 2, 4]})
    >>> monthly_revenue(frame)
         month  revenue_cents
    0  2026-10              1
    1  2026-11              6
    """
    month = pd.to_datetime(daily_sales["day"]).dt.strftime("%Y-%m")
    return daily_sales.assign(month=month).groupby("month", as_index=False)["revenue_cents"].sum()


def promotion_uplift(daily_sales: pd.DataFrame) -> float:
    """By how many percent more units are sold on a day with promotion than on one without.

    Also called: pandas effect of promotions on sales, promo lift

    >>> frame = pd.DataFrame({"on_promotion": [True, False, False], "units": [6, 3, 5]})
    >>> promotion_uplift(frame)
    50.0
    """
    means = daily_sales.groupby("on_promotion")["units"].mean()
    return round(100 * (float(means[True]) / float(means[False]) - 1), 1)


def revenue_by_category(order_lines: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Revenue of every category, from order lines and products, the best first.

    Also called: pandas merge orders with products, category revenue frame, join

    >>> lines = pd.DataFrame({"product_id": ["P1", "P2"], "quantity": [2, 1], "unit_price_cents": [100, 500]})
    >>> products = pd.DataFrame({"id": ["P1", "P2"], "category": ["dairy", "wine"]})
    >>> revenue_by_category(lines, products)
      category  revenue_cents
    0     wine            500
    1    dairy            200
    """
    joined = order_lines.merge(products, left_on="product_id", right_on="id")
    joined["revenue_cents"] = joined["quantity"] * joined["unit_price_cents"]
    found = joined.groupby("category", as_index=False)["revenue_cents"].sum()
    return found.sort_values("revenue_cents", ascending=False, ignore_index=True)


def stock_pivot(stock: pd.DataFrame) -> pd.DataFrame:
    """Units on hand as a table: a row for every SKU, a column for every location.

    Also called: pandas pivot table of stock, cross table sku by store

    >>> frame = pd.DataFrame({"sku": ["A", "A", "B"], "location_id": ["n", "s", "s"], "on_hand": [1, 2, 3]})
    >>> stock_pivot(frame).to_dict("index")
    {'A': {'n': 1, 's': 2}, 'B': {'n': 0, 's': 3}}
    """
    return stock.pivot_table(index="sku", columns="location_id", values="on_hand", aggfunc="sum", fill_value=0)


def order_values(order_lines: pd.DataFrame) -> pd.DataFrame:
    """The value of the goods of every order, in cents.

    Also called: pandas total per order, order amounts frame, basket value

    >>> frame = pd.DataFrame({"order_id": ["O1", "O1"], "quantity": [2, 1], "unit_price_cents": [100, 500]})
    >>> order_values(frame)
      order_id  value_cents
    0       O1          700
    """
    value = order_lines["quantity"] * order_lines["unit_price_cents"]
    return order_lines.assign(value_cents=value).groupby("order_id", as_index=False)["value_cents"].sum()


def unusual_days(daily_sales: pd.DataFrame, *, deviations: float = 2.0) -> list[str]:
    """The days whose units are more standard deviations from the mean than usual.

    Also called: pandas outliers in sales, anomaly detection, spikes

    >>> frame = pd.DataFrame({"day": list("abcdefgh"), "units": [5, 5, 6, 5, 4, 5, 5, 30]})
    >>> unusual_days(frame, deviations=2.0)
    ['h']
    """
    units = daily_sales.groupby("day")["units"].sum()
    far = (units - units.mean()).abs() > deviations * units.std()
    return [str(day) for day in units.index[far]]


def weekday_profile(daily_sales: pd.DataFrame) -> dict[str, float]:
    """The average units of every weekday.

    Also called: pandas sales by day of week, busiest weekday

    >>> frame = pd.DataFrame({"day": ["2026-11-16", "2026-11-23", "2026-11-17"], "units": [2, 4, 5]})
    >>> weekday_profile(frame)
    {'Monday': 3.0, 'Tuesday': 5.0}
    """
    names = pd.to_datetime(daily_sales["day"]).dt.day_name()
    means = daily_sales.assign(weekday=names).groupby("weekday", sort=False)["units"].mean()
    return {str(name): float(value) for name, value in means.items()}
