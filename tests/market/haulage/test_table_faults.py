"""A broken table of ways is refused in the reader's language."""

from pathlib import Path

import pytest

from market.haulage.table_faults import fault_words
from routing.instances import InstanceError
from routing.matrix_file import parse_matrix

HEADER = "from,to,distance_m,duration_s\n"
SQUARE = "distance_m,a,b\na,0,1\nb,1,0\nduration_s,a,b\na,0,1\nb,1,0\n"
SQUARES = '{"sites": ["a", "b"], "distance_m": [[0, 1], [1, 0]], "duration_s": [[0, 1], [1, 0]]}'
BROKEN = [
    ("r.csv", "", "文件是空的"),
    ("r.csv", "from,to\n", "表头要写 from,to,distance_m,duration_s，或以 distance_m 开头"),
    ("r.csv", HEADER + "a,b,far,1\n", "“far”不是数字"),
    ("r.csv", HEADER + "a,b,inf,1\n", "“inf”不是有限的数"),
    ("r.csv", HEADER + "a,b,-4,1\n", "-4 是负数"),
    ("r.csv", HEADER + "a,b,,1\n", "缺一个数"),
    ("r.csv", HEADER + f"a,b,{'9' * 20},1\n", f"{'9' * 20} 超过上限 2,147,483,647"),
    ("r.csv", HEADER + "a,b,1\n", "有 3 个值，应为 4 个"),
    ("r.csv", HEADER + "a,b,1,1\na,b,1,1\n", "a -> b 出现两次"),
    ("r.csv", HEADER + "a,a,5,0\n", "a 到自己填了 5，应为 0"),
    ("r.csv", HEADER + '"a,b,1,1\n', "引号没有配对"),
    ("r.csv", SQUARE.replace("a,0,1", "a,0", 1), "有 1 个值，应为 2 个"),
    ("r.csv", SQUARE.replace("duration_s,a,b", "duration_s,a,a"), "a 出现两次"),
    ("r.json", SQUARES.replace("duration_s", "seconds"), "缺“duration_s”"),
    ("r.json", SQUARES.replace("[[0, 1], [1, 0]]", "[[0, 1]]", 1), "有 1 行，应为 2 行"),
    ("r.json", SQUARES.replace("[0, 1]", "[0, null]", 1), "缺一个数"),
    ("r.json", SQUARES.replace("[0, 1]", "[0, -1]", 1), "-1 小于 0"),
    ("r.json", SQUARES.replace("[0, 1]", "[0, 1e300]", 1), "1e+300 超过上限 2,147,483,647"),
    ("r.json", SQUARES.replace("[0, 1]", "[3, 1]", 1), "a 到自己填了 3，应为 0"),
    ("r.json", SQUARES[:-1], "文件格式到这里不对"),
]


@pytest.mark.parametrize(("name", "data", "words"), BROKEN)
def test_each_fault_of_a_table_is_told_in_chinese(app, name, data, words):
    with pytest.raises(InstanceError) as caught:
        parse_matrix(data.encode(), Path(name), ("a", "b"))
    fault = str(caught.value).split(": ", 1)[-1]
    with app.test_request_context(headers={"Cookie": "lang=zh"}):
        app.preprocess_request()
        told = fault_words(fault)
        assert told == words or told.startswith(f"{words}（")
