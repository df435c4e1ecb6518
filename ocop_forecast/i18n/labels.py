"""Every word a reader sees, in Vietnamese and English, in one place, so that a native reader can mend it.

Numbers and months are written in the reader's form here as well: 43,3 % and tháng 9/2024 in Vietnamese, 43.3 %
and September 2024 in English.
"""

import html
import os

import pandas as pd

LANGUAGES = ("vi", "en")

# key: (Vietnamese, English)
WORDS = {
    # places in a file
    "at_sheet": ('trang tính "{sheet}"', 'sheet "{sheet}"'),
    "at_row": ("dòng {row}", "row {row}"),
    "at_column": ('cột "{column}"', 'column "{column}"'),
    "and_more": ("… và {more} lỗi khác.", "... and {more} more."),
    # faults of files
    "file_missing": (
        "không có tệp này. Đặt tệp .csv hoặc .xlsx vào thư mục dữ liệu.",
        "there is no such file. Put it, as .csv or .xlsx, into the data folder.",
    ),
    "folder_missing": (
        "không có thư mục hay tệp này. Kiểm tra lại đường dẫn.",
        "there is no such folder or file. Check the path.",
    ),
    "file_twice": (
        "có cả .csv và .xlsx. Chỉ giữ lại một tệp.",
        "stands there both as .csv and as .xlsx. Keep only one of them.",
    ),
    "file_type": (
        "không phải .csv hay .xlsx. Lưu lại thành một trong hai định dạng đó.",
        "is neither .csv nor .xlsx. Save it as one of these.",
    ),
    "file_is_folder": (
        "là thư mục, không phải tệp. Chọn một tệp .csv hoặc .xlsx trong thư mục đó.",
        "is a folder and no file. Choose a .csv or .xlsx file in it.",
    ),
    "file_locked": (
        "không được phép đọc. Đóng tệp nếu đang mở trong chương trình khác, hoặc xin quyền đọc tệp.",
        "may not be read. Close it if another program has it open, or ask for permission to read it.",
    ),
    "file_password": (
        "được bảo vệ bằng mật khẩu. Mở bằng Excel, bỏ mật khẩu (Tệp > Thông tin > Bảo vệ sổ làm việc), lưu lại rồi thử lại.",
        "is protected by a password. Open it in Excel, remove the password (File > Info > Protect Workbook), save it, then try again.",
    ),
    "file_other_excel": (
        "thực chất là bảng tính dạng {kind}. Mở bằng Excel, chọn Lưu thành > Excel Workbook (.xlsx), rồi dùng tệp mới.",
        "is a spreadsheet of another kind ({kind}). Open it in Excel, choose Save as > Excel Workbook (.xlsx), and take the new file.",
    ),
    "file_document": (
        "là tài liệu {kind}, không phải bảng tính. Xin đơn vị gửi tệp Excel gốc, hoặc nhập số liệu vào tệp .xlsx.",
        "is a {kind} document and no spreadsheet. Ask the sender for the Excel file, or type the data into an .xlsx file.",
    ),
    "file_is_text": (
        "có đuôi Excel nhưng nội dung không phải Excel. Nếu là tệp văn bản, đổi đuôi thành .csv; nếu không, xin gửi lại tệp.",
        "is named like an Excel file but is none. If it is text, rename it to .csv; otherwise ask for the file again.",
    ),
    "file_is_excel": (
        "có đuôi của tệp văn bản nhưng nội dung là Excel. Đổi đuôi tệp thành .xlsx.",
        "is named like a text file but is an Excel workbook. Rename it to .xlsx.",
    ),
    "file_large": (
        "quá lớn để là một bảng số liệu OCOP. Chép riêng bảng cần dùng sang một tệp .xlsx mới rồi thử lại.",
        "is too large for a table of OCOP data. Copy the table alone into a new .xlsx file, then try again.",
    ),
    "file_bomb": (
        "có cấu trúc bất thường, có thể gây hại, nên không được mở. Không dùng tệp này; xin gửi lại tệp gốc.",
        "is built in an unusual way that may do harm, so it was not opened. Do not use it; ask for the original again.",
    ),
    "file_encoding_legacy": (
        "dùng bảng mã cũ {encoding}, không phải Unicode. Chuyển sang Unicode (ví dụ bằng UniKey: Ctrl+Shift+F6), lưu thành CSV UTF-8 hoặc .xlsx, rồi thử lại.",
        "is in the old encoding {encoding} and not in Unicode. Convert it to Unicode (with UniKey: Ctrl+Shift+F6), save it as CSV UTF-8 or .xlsx, then try again.",
    ),
    "text_encoding_legacy": (
        'chữ được gõ bằng phông và bảng mã cũ {encoding} (ví dụ "{value}"). Chuyển sang Unicode (ví dụ bằng UniKey: Ctrl+Shift+F6), lưu lại, rồi thử lại.',
        'the text was typed in an old font, in the encoding {encoding} (such as "{value}"). Convert it to Unicode (with UniKey: Ctrl+Shift+F6), save it, then try again.',
    ),
    "file_misread": (
        'chữ tiếng Việt đã bị hỏng vì mở sai bảng mã (ví dụ "{value}"). Quay lại tệp gốc; trong Excel: Dữ liệu > Từ văn bản/CSV > 65001: Unicode (UTF-8).',
        'the Vietnamese letters were spoilt by opening the file in a wrong encoding (such as "{value}"). Go back to the original; in Excel: Data > From Text/CSV > 65001: Unicode (UTF-8).',
    ),
    "csv_quotes": (
        "dấu ngoặc kép ở dòng {row} không khớp. Viết mỗi dấu ngoặc kép trong ô thành hai dấu, hoặc lưu lại bằng Excel.",
        "the quotation marks of row {row} do not match. Write each one inside a cell twice, or save the file from Excel.",
    ),
    "cell_long": (
        "có ô ở dòng {row} dài hơn {letters} ký tự. Có thể thiếu một dấu ngoặc kép đóng; sửa dòng này.",
        "a cell in row {row} is longer than {letters} characters. A closing quotation mark may be missing; correct the row.",
    ),
    "too_many_rows": (
        "có hơn {rows} dòng hoặc hơn {cells} ô có nội dung. Xóa các dòng thừa, hoặc chia thành nhiều tệp.",
        "holds more than {rows} rows or {cells} filled cells. Delete what is too much, or split it into several files.",
    ),
    "stray_cell": (
        "ô {cell} có nội dung, nằm ngoài {columns} cột và {rows} dòng được đọc. Xóa nội dung ô đó (và các cột, dòng thừa) rồi lưu lại.",
        "cell {cell} holds something beyond the {columns} columns and {rows} rows that are read. Clear it (and spare columns and rows), then save the file.",
    ),
    "sheet_missing": (
        'không có trang tính "{value}". Các trang tính hiện có: {allowed}.',
        'there is no sheet "{value}". The sheets there are: {allowed}.',
    ),
    "sheet_hidden": (
        "trang tính này đang ẩn nên không được đọc, dù có đủ các cột. Bỏ ẩn nếu số liệu cần được tính, hoặc xóa trang.",
        "this sheet is hidden and was not read, though it has all the columns. Unhide it if it counts, or delete it.",
    ),
    "sheet_ignored": (
        "trang tính này không có đủ các cột cần thiết nên không được đọc.",
        "this sheet has not all the needed columns and was not read.",
    ),
    "file_encoding": (
        "không phải văn bản UTF-8. Trong Excel: Lưu thành > CSV UTF-8, hoặc lưu thành .xlsx.",
        "is not UTF-8 text. In Excel: Save as > CSV UTF-8, or save it as .xlsx.",
    ),
    "file_unreadable": (
        "không đọc được ({reason}). Mở và lưu lại bằng Excel, rồi thử lại.",
        "cannot be read ({reason}). Open it in Excel, save it again, then try again.",
    ),
    "file_empty": (
        "trống, không có ô nào có nội dung. Điền tên các cột vào một dòng và số liệu vào các dòng dưới.",
        "is empty. Write the names of the columns into one row and the data below it.",
    ),
    "too_many_cells": (
        "có {cells} ô nhưng chỉ có {columns} cột. Xóa ô thừa, hoặc đặt giá trị có dấu phân cách trong ngoặc kép.",
        "has {cells} cells for {columns} columns. Delete what is too much, or quote the text that holds a separator.",
    ),
    "header_twice": (
        "hai cột cùng tên. Đổi tên hoặc xóa một cột.",
        "two columns have this name. Rename or delete one of them.",
    ),
    "header_shared": (
        'cột này và cột "{other}" cùng nghĩa ({name}). Xóa hoặc đổi tên cột không dùng.',
        'this column and the column "{other}" mean the same ({name}). Delete or rename the one that does not count.',
    ),
    "column_missing": (
        "thiếu cột này. Thêm cột với một trong các tên: {allowed}.",
        "this column is missing. Add it under one of the names {allowed}.",
    ),
    "no_rows": (
        "không có dòng nào dưới dòng tiêu đề. Thêm các quyết định, mỗi dòng một sản phẩm.",
        "holds no row below its header. Add the decisions, a row a product.",
    ),
    "nothing_by": (
        "không có quyết định nào đến hết {as_of}. Chọn tháng hoặc ngày muộn hơn bằng --as-of.",
        "holds no decision up to the end of {as_of}. Choose a later month or day with --as-of.",
    ),
    "saved_forecast": (
        "không đọc được dự báo đã lưu ({reason}). Chạy lại `ocop-forecast run`.",
        "is not a saved forecast ({reason}). Run `ocop-forecast run` again.",
    ),
    "saved_province": (
        "không đọc được số liệu đã lưu ({reason}). Chạy lại `ocop-forecast run`.",
        "is not what a run saved of its tables ({reason}). Run `ocop-forecast run` again.",
    ),
    "saved_otherwise": (
        "được lưu tính đến hết {as_of}, với đơn vị và năm tính như khi chạy. Để dùng mốc, đơn vị hoặc năm tính khác, chỉ --data (trong sổ tay: data) đến thư mục số liệu.",
        "was saved as of {as_of}, with that run's units and year that counts. For others point --data (in a notebook: data) to the folder of the tables.",
    ),
    "row_skipped": (
        'không được đọc vì không phải là dòng số liệu: "{value}". Nếu đây là số liệu, điền đủ các cột bắt buộc.',
        'was left out as no row of the table: "{value}". If it is one, fill in all the columns that are needed.',
    ),
    "section_heading": (
        '"{value}" là tiêu đề của nhóm dòng bên dưới. Xóa dòng này và ghi huyện, xã vào cột riêng ở từng dòng.',
        '"{value}" heads the rows below it. Delete this row and write the district or commune into a column of its own, in every row.',
    ),
    "total_differs": (
        "dòng tổng ghi {value} nhưng các dòng bên trên cộng lại bằng {sum}. Kiểm tra xem có thiếu hay thừa dòng không.",
        "the total says {value}, but the rows above add up to {sum}. See whether a row is missing or one too many.",
    ),
    "cells_cleaned": (
        "{count} ô có ký tự ẩn (ký tự điều khiển, khoảng trắng không độ rộng); các ký tự đó đã được bỏ khi đọc.",
        "{count} cells held characters that nobody sees (control characters, blanks of no width); they were left out in reading.",
    ),
    # faults of cells
    "cell_blank": ("ô trống. Điền giá trị vào ô này.", "is blank. Fill in the cell."),
    "and_so_on": (
        "còn {more} ô khác trong cột này có lỗi tương tự, từ dòng này trở xuống. Sửa cả cột, rồi kiểm tra lại.",
        "{more} more cells of this column, from this row on, are wrong as well. Mend the whole column, then check again.",
    ),
    "not_whole": (
        '"{value}" không phải là số nguyên. Viết một số nguyên, ví dụ 3.',
        '"{value}" is not a whole number. Write one, such as 3.',
    ),
    "not_number": (
        '"{value}" không phải là số. Viết một số, ví dụ 72,5.',
        '"{value}" is not a number. Write one, such as 72.5.',
    ),
    "not_date": (
        '"{value}" không phải là ngày có thật. Viết ngày/tháng/năm, ví dụ 23/12/2019.',
        '"{value}" is not a day of the calendar. Write day/month/year, such as 23/12/2019.',
    ),
    "not_month": (
        '"{value}" không phải là tháng có thật. Viết tháng/năm, ví dụ 9/2024.',
        '"{value}" is not a month of the calendar. Write month/year, such as 9/2024.',
    ),
    "date_month_first": (
        '"{value}" có vẻ viết tháng trước, ngày sau. Viết ngày/tháng/năm, và kiểm tra cả các ngày khác trong cột này.',
        '"{value}" seems to have the month first. Write day/month/year, and check the other dates of this column too.',
    ),
    "date_month_only": (
        '"{value}" chỉ có tháng, được tính là ngày cuối tháng {day}. Ghi đủ ngày nếu biết.',
        '"{value}" is a month without a day and counts as its last day, {day}. Write the day if it is known.',
    ),
    "cell_error": (
        "ô có lỗi công thức {value}. Mở bằng Excel, sửa công thức hoặc gõ giá trị đúng.",
        "holds the formula error {value}. Open the file in Excel and correct the formula, or type the value.",
    ),
    "cell_garbled": (
        '"{value}" có ký tự bị mất khi chuyển bảng mã. Gõ lại ô này theo bản gốc.',
        '"{value}" has letters that were lost in a conversion. Type the cell anew from the original.',
    ),
    "formula_without_value": (
        "ô có công thức nhưng chưa có kết quả được lưu. Mở tệp bằng Excel, lưu lại, rồi thử lại.",
        "holds a formula without a stored result. Open the file in Excel, save it, then try again.",
    ),
    "not_as_of": (
        '"{value}" không phải là một tháng hay một ngày có thật. Viết tháng đã đủ số liệu, ví dụ 2024-09, hoặc ngày cuối có số liệu, ví dụ 2024-09-19 hay 19/9/2024.',
        '"{value}" is not a month or a day of the calendar. Write the last month known whole, such as 2024-09, or the last day known, such as 2024-09-19 or 19/9/2024.',
    ),
    "as_of_future": (
        '"{value}" ở sau hôm nay ({today}), chưa thể có số liệu. Chọn tháng này, hôm nay hoặc sớm hơn.',
        '"{value}" lies after today, {today}: nothing can be known of it yet. Take this month, today, or earlier.',
    ),
    "choice_allowed": (
        '"{value}" không thuộc các giá trị được phép: {allowed}. Chọn một trong số đó.',
        '"{value}" is not one of: {allowed}. Write one of these.',
    ),
    "unit_unknown": (
        '"{value}" không phải là đơn vị nào trong bảng đơn vị. Viết tên hoặc mã như trong bảng đó.',
        '"{value}" is no unit of the units table. Write a name or code as it stands there.',
    ),
    "unit_unknown_nearest": (
        '"{value}" không phải là đơn vị nào trong bảng đơn vị. Gần giống nhất: {nearest}. Sửa ô này nếu đúng như vậy.',
        '"{value}" is no unit of the units table. The nearest name is {nearest}. Correct the cell if that is meant.',
    ),
    "unit_ambiguous": (
        '"{value}" có thể là nhiều đơn vị: {allowed}. Viết mã, hoặc tên kèm loại đơn vị.',
        '"{value}" may mean several units: {allowed}. Write the code, or the name with its type.',
    ),
    "row_twice": (
        "dòng này trùng với dòng {other} ở các cột {together}. Giữ lại một dòng.",
        "this row agrees with row {other} in {together}. Keep one of them.",
    ),
    "row_twice_in_sheet": (
        'dòng này trùng với dòng {other} của trang tính "{other_sheet}" ở các cột {together}. Giữ lại một dòng.',
        'this row agrees with row {other} of the sheet "{other_sheet}" in {together}. Keep one of them.',
    ),
    "code_allowed": (
        '"{value}" không phải là mã đơn vị: chỉ dùng chữ không dấu, chữ số, "-" và "_", tối đa 40 ký tự, không dùng tên dành riêng như CON, total. Sửa mã.',
        '"{value}" is not a unit code: plain letters, digits, "-" and "_", 40 at most, and no reserved name such as CON or total. Correct the code.',
    ),
    "code_of_province": (
        "mã đơn vị trùng với mã của tỉnh. Đơn vị và tỉnh phải có mã khác nhau.",
        "the unit's code is the province's too. A unit and its province need different codes.",
    ),
    "year_allowed": (
        '"{value}" không phải là năm của chương trình (2018 đến 2099). Sửa năm.',
        '"{value}" is not a year of the programme (2018 to 2099). Correct the year.',
    ),
    "date_allowed": (
        '"{value}" không nằm trong thời gian của chương trình (từ 2018 đến 2099). Sửa ngày.',
        '"{value}" is not within the programme (2018 to 2099). Correct the date.',
    ),
    "target_allowed": (
        '"{value}" không phải là chỉ tiêu từ 0 đến 9999 sản phẩm. Sửa chỉ tiêu, hoặc để trống khi chưa giao.',
        '"{value}" is not a target of 0 to 9999 products. Correct it, or leave it blank while none is set.',
    ),
    "score_allowed": (
        '"{value}" không phải là điểm từ 0 đến 100. Sửa điểm, hoặc để trống.',
        '"{value}" is not a score of 0 to 100. Correct it, or leave it blank.',
    ),
    "stars_allowed": (
        '"{value}" không phải là 3, 4 hay 5. Sửa hạng sao, hoặc để trống khi chưa xếp hạng.',
        '"{value}" is not one of 3, 4, 5. Correct it, or leave it blank while the rating is pending.',
    ),
    "origin_allowed": (
        '"{value}" không phải là published (đã công bố) hay reconstructed (tái lập). Sửa ô này.',
        '"{value}" is neither published nor reconstructed. Correct the cell.',
    ),
    "table_missing": (
        "không có trang tính nào tên {allowed}. Thêm trang tính đó, hoặc tạo tệp mẫu: ocop-forecast template.",
        "there is no sheet named {allowed}. Add it, or start from an empty workbook: ocop-forecast template.",
    ),
    "table_twice": (
        "có nhiều trang tính cùng là {allowed}. Chỉ giữ lại một trang.",
        "several sheets are called {allowed}. Keep only one of them.",
    ),
    "rows_later": (
        "{count} dòng có ngày quyết định sau {as_of}, không được tính. Kiểm tra năm nếu không phải quyết định sắp tới.",
        "{count} rows were decided after {as_of} and are left out. Check the year unless they are of the future.",
    ),
    "unit_silent": (
        "{name} chưa từng có dòng nào trong sổ: bằng 0 hay chưa báo cáo? Hỏi lại địa phương.",
        "{name} has no row at all: zero, or not reported? Ask the unit.",
    ),
    "unit_unreported": (
        "{name} chưa báo cáo {months}: số liệu có thể còn thiếu. Hỏi lại địa phương.",
        "{name} has not reported {months}: its count may be too low. Ask the unit.",
    ),
    # events and certificates
    "new_twice": (
        '"{name}" đã có trong sổ (dòng {other}, quyết định ngày {date}; khi đó giấy chứng nhận {state}): dòng này không tính là công nhận mới. Sửa hình thức thành công nhận lại, hoặc sửa tên nếu là sản phẩm khác.',
        '"{name}" stands in the register before (row {other}, decided on {date}; its certificate was {state} by then): this row does not count as new. Make it re-recognised, or correct the name if it is another product.',
    ),
    "certificate_valid": ("còn hiệu lực", "valid"),
    "certificate_lapsed": ("đã hết hiệu lực", "lapsed"),
    "certificate_revoked": ("đã bị thu hồi", "revoked"),
    "no_earlier_decision": (
        '"{name}" chưa có quyết định nào trước đó trong sổ: được tính vào số còn hiệu lực, không tính vào chỉ tiêu. Bổ sung quyết định đầu tiên nếu có.',
        '"{name}" has no earlier decision in the register: it counts as valid, not to the target. Add its first decision if you have it.',
    ),
    "revoked_unknown": (
        '"{name}" bị thu hồi nhưng chưa có quyết định công nhận nào trong sổ. Bổ sung quyết định đó, hoặc sửa tên.',
        '"{name}" is revoked, but the register holds no decision that recognised it. Add that one, or correct the name.',
    ),
    "product_renamed": (
        '"{value}" có cùng mã với "{was}" (dòng {other}, ngày {date}): được coi là một sản phẩm đã đổi tên. Sửa mã nếu là hai sản phẩm.',
        '"{value}" has the code of "{was}" (row {other}, {date}): it is taken for one product under a new name. Correct the code if they are two.',
    ),
    "upgrade_without_star": (
        "nâng hạng nhưng vẫn {value} sao (trước đó {was} sao, dòng {other}, ngày {date}). Kiểm tra hạng sao và hình thức.",
        "is an upgrade, but has {value} stars (before it {was}, row {other}, {date}). Check the stars and the kind.",
    ),
    "expiry_before": (
        "ngày hết hạn không sau ngày quyết định {date}. Sửa một trong hai ngày.",
        "the certificate ends no later than its decision, {date}. Correct one of the two days.",
    ),
    "expiry_odd": (
        "giấy chứng nhận có hiệu lực 36 tháng: quyết định ngày {date} thì hết hạn khoảng {expected}. Vẫn dùng ngày đã ghi; kiểm tra lại.",
        "a certificate is valid for 36 months: decided on {date} it ends about {expected}. The day as written is used; check it.",
    ),
    "programme_year_odd": (
        "năm kế hoạch {value} không phải là năm của quyết định ({date}) hay năm liền trước: dòng này tính theo ngày quyết định. Kiểm tra lại.",
        "programme year {value} is neither the year of the decision ({date}) nor the one before: the row counts by its decision. Check it.",
    ),
    "score_not_of_stars": (
        "{value} điểm không ứng với {stars} sao (3 sao: 50 đến dưới 70; 4 sao: 70 đến dưới 90; 5 sao: từ 90). Kiểm tra điểm và hạng sao.",
        "{value} points do not go with {stars} stars (3: 50 to under 70; 4: 70 to under 90; 5: 90 and more). Check points and stars.",
    ),
    "code_in_two_units": (
        'mã sản phẩm "{value}" có ở nhiều đơn vị: được tính là các sản phẩm khác nhau. Kiểm tra mã và đơn vị.',
        'product code "{value}" stands in several units: they count as different products. Check the code and the unit.',
    ),
    "decision_two_dates": (
        "quyết định {number} còn ghi ngày khác, {date}. Kiểm tra ngày quyết định.",
        "decision {number} bears another date as well, {date}. Check the day of the decision.",
    ),
    "near_duplicate": (
        '"{value}" gần giống "{name}" (dòng {other}): được tính là hai sản phẩm. Nếu là một, ghi vào bảng aliases hoặc sửa tên.',
        '"{value}" is nearly "{name}" (row {other}): they count as two products. If they are one, write it into aliases or correct the name.',
    ),
    "round_differs": (
        "đợt ngày {date} ghi {value} sản phẩm công nhận mới, trong sổ đăng ký có {counted}. Kiểm tra hai bảng; dự báo dùng sổ đăng ký.",
        "the round of {date} says {value} new products, the register has {counted}. Check both tables; the forecast goes by the register.",
    ),
    # units and communes
    "units_ended": (
        "không có đơn vị nào còn hiệu lực vào {as_of}; đơn vị cuối cùng kết thúc ngày {last}. Chạy với --units-as historic-district (theo huyện cũ) hoặc --units-as commune (theo xã, phường mới).",
        "no unit is in force as of {as_of}; the last ended on {last}. Say --units-as historic-district (the former districts) or --units-as commune (the new communes).",
    ),
    "units_not_begun": (
        "chưa có đơn vị nào có hiệu lực vào {as_of}; đơn vị đầu tiên bắt đầu ngày {first}. Chọn tháng hoặc ngày muộn hơn bằng --as-of, hoặc sửa cột ngày bắt đầu.",
        "no unit is in force yet as of {as_of}; the first begins on {first}. Choose a later month or day with --as-of, or correct the first days.",
    ),
    "successor_unknown": (
        'đơn vị kế thừa "{value}" của {unit} không có trong bảng đơn vị. Thêm đơn vị đó hoặc sửa mã.',
        'the successor "{value}" of {unit} is no unit of this table. Add it, or correct the code.',
    ),
    "communes_missing": (
        "chưa có bảng xã, phường cũ và mới nên không tính theo xã, phường được. Đặt tệp communes.csv hoặc communes.xlsx vào thư mục dữ liệu.",
        "there is no table of old and new communes, so nothing can be counted by commune. Put communes.csv or communes.xlsx into the data folder.",
    ),
    "alias_is_name": (
        '"{value}" đã là tên của {allowed}, không thể là tên gọi khác của đơn vị khác. Xóa hoặc sửa dòng này.',
        '"{value}" is already a name of {allowed} and cannot stand for another. Delete or correct the row.',
    ),
    "unit_ended_then": (
        "{value} kết thúc ngày {limit}, trước ngày quyết định này. Kiểm tra lại đơn vị và ngày.",
        "{value} ended on {limit}, before this decision. Check the unit and the date.",
    ),
    "unit_not_begun_then": (
        "{value} có hiệu lực từ ngày {limit}, sau ngày quyết định này. Kiểm tra lại đơn vị và ngày.",
        "{value} began on {limit}, after this decision. Check the unit and the date.",
    ),
    "unit_split": (
        '"{value}" không còn hiệu lực vào {as_of} và không có một đơn vị nào kế thừa toàn bộ. Điền xã, phường cho dòng này, hoặc chạy với --units-as historic-district.',
        '"{value}" is not in force as of {as_of}, and no one unit took it over whole. Fill in the commune, or say --units-as historic-district.',
    ),
    "commune_needed": (
        'chỉ ghi "{value}", không rõ xã, phường nào. Điền xã, phường, hoặc chạy với --units-as historic-district.',
        'says only "{value}", and not which commune. Fill in the commune, or say --units-as historic-district.',
    ),
    "commune_outside": (
        '"{value}" thuộc {district}, không có trong bảng đơn vị. Thêm đơn vị đó vào bảng đơn vị, hoặc sửa ô này.',
        '"{value}" lies in {district}, which is not in the units table. Add that unit to it, or correct the cell.',
    ),
    "commune_unknown": (
        '"{value}" không có trong bảng xã, phường. Viết tên hoặc mã như trong bảng đó.',
        '"{value}" is not in the table of communes. Write a name or code as it stands there.',
    ),
    "commune_unknown_nearest": (
        '"{value}" không có trong bảng xã, phường. Gần giống nhất: {nearest}. Sửa ô này nếu đúng như vậy.',
        '"{value}" is not in the table of communes. The nearest name is {nearest}. Correct the cell if that is meant.',
    ),
    "commune_elsewhere": (
        '"{value}" thuộc {elsewhere}, không thuộc đơn vị ghi ở dòng này; dòng được tính cho đơn vị đã ghi. Sửa một trong hai ô.',
        '"{value}" lies in {elsewhere}, not in the unit written in this row; the row counts to the unit. Correct one of the two.',
    ),
    "commune_contradicts": (
        '"{value}" thuộc {elsewhere}, không thuộc đơn vị ghi ở dòng này, nên không rõ dòng thuộc xã, phường nào. Sửa một trong hai ô.',
        '"{value}" lies in {elsewhere}, not in the unit written in this row, so its commune is not known. Correct one of the two.',
    ),
    "straddles": (
        '"{value}" nằm trên địa bàn {allowed}; dòng được tính cho {chosen}, nơi có nhiều xã, phường cũ nhất. Ghi huyện cũ hoặc xã cũ vào dòng này nếu không đúng.',
        '"{value}" lies across {allowed}; counted to {chosen}, where most of its old communes were. Write the old district or commune if that is wrong.',
    ),
    "targets_not_carried": (
        "{count} chỉ tiêu năm {years} được giao cho đơn vị không còn nữa, không chia được cho các đơn vị mới nên bị bỏ qua. Bổ sung chỉ tiêu theo đơn vị mới nếu cần.",
        "{count} targets of {years} were set for units that are no more; they cannot be divided among the new ones and are left out. Add targets of the new units if there are any.",
    ),
    "targets_added_up": (
        "{count} chỉ tiêu năm {years} được cộng lại vì các đơn vị nay thuộc cùng một đơn vị. Kiểm tra xem có chỉ tiêu nào được giao hai lần không.",
        "{count} targets of {years} were added up, as their units now lie in one. Check that none was set twice.",
    ),
    "dossiers_not_carried": (
        "Bỏ qua {count} dòng hồ sơ chỉ ghi huyện, không chia được cho xã: dự báo chạy không có các hồ sơ này.",
        "{count} rows of dossiers name only a district and cannot be given to a commune; they are left out, and the forecast runs without them.",
    ),
    # dossiers
    "dossiers_later": (
        "Bỏ qua {count} dòng hồ sơ có ngày sau mốc {as_of}. Kiểm tra ngày, hoặc chọn --as-of muộn hơn.",
        "{count} rows of dossiers are dated after {as_of} and are left out. Check the days, or say a later --as-of.",
    ),
    "dossier_two_units": (
        'mã hồ sơ "{value}" có ở nhiều đơn vị: được tính là các hồ sơ khác nhau. Kiểm tra mã và đơn vị.',
        'dossier code "{value}" stands in several units: they count as different dossiers. Check the code and the unit.',
    ),
    "dossier_not_in_register": (
        'hồ sơ của "{value}" ghi là được công nhận, nhưng đơn vị này không có công nhận mới nào tên như vậy trong sổ đăng ký. Bổ sung quyết định vào sổ, hoặc sửa tên hay tình trạng hồ sơ.',
        'the dossier of "{value}" is called recognised, but the register has no new recognition of that name in its unit. Add the decision to the register, or correct the name or the stage.',
    ),
    # flags and their reasons
    "flag_attained": ("đã đạt chỉ tiêu", "already attained"),
    "flag_on_track": ("đúng tiến độ", "on track"),
    "flag_at_risk": ("có nguy cơ", "at risk"),
    "flag_needs_support": ("cần hỗ trợ", "needs support"),
    "flag_no_target": ("chưa có chỉ tiêu", "no target"),
    "flag_no_report": ("chưa có báo cáo", "no report"),
    "reason_attained": (
        "Đã đạt: {so_far}/{target} sản phẩm tính đến {month}.",
        "Attained: {so_far} of {target} products by {month}.",
    ),
    "reason_on_track": ("{so_far}/{target} tính đến {month}.", "{so_far} of {target} by {month}."),
    "reason_at_risk": ("{so_far}/{target} tính đến {month}.", "{so_far} of {target} by {month}."),
    "reason_needs_support": ("{so_far}/{target} tính đến {month}.", "{so_far} of {target} by {month}."),
    "reason_no_target": (
        "{so_far} sản phẩm tính đến {month}; năm nay không có chỉ tiêu.",
        "{so_far} products by {month}; there is no target this year.",
    ),
    "reason_no_report": (
        "Chưa từng có dòng nào trong sổ đăng ký: không rõ là bằng 0 hay chưa báo cáo. Hỏi lại địa phương.",
        "Never a row in the register: zero, or not reported? Ask the unit.",
    ),
    "reason_unreported": (
        "Chưa báo cáo {months}: con số {so_far} có thể còn thiếu. Hỏi lại địa phương.",
        "Not reported: {months}. The {so_far} so far may be too few. Ask the unit.",
    ),
    "reason_chance_unit": (
        "Trong 100 năm như năm nay, khoảng {chances} năm địa phương như vậy đạt chỉ tiêu.",
        "In {chances} of 100 such years a unit like this gets there.",
    ),
    "reason_chance_province": (
        "Trong 100 năm như năm nay, khoảng {chances} năm tỉnh đạt chỉ tiêu.",
        "In {chances} of 100 such years the province gets there.",
    ),
    "reason_range": (
        "Ước cả năm: {median} sản phẩm (khoảng dự báo {level} %: {lower}–{upper}).",
        "Projection for the year {median} ({level} % interval {lower}–{upper}).",
    ),
    "reason_pace": (
        "Cần {needed} sản phẩm mỗi tháng, đến nay bình quân {pace}.",
        "It takes {needed} products a month; so far {pace}.",
    ),
    "reason_missing": (
        "Cần thêm {missing} sản phẩm đến hết năm.",
        "It takes {missing} more by the end of the year.",
    ),
    "reason_dossiers": (
        "Hồ sơ đang mở: {open} (đã qua hội đồng {committed}, đã nộp {submitted}).",
        "Open dossiers: {open} ({committed} passed a council, {submitted} submitted).",
    ),
    "reason_rounds": ("Số đợt đánh giá còn lại theo kế hoạch: {left}.", "Rounds still planned: {left}."),
    # pictures
    "plot_fan": (
        "{name}: lũy kế năm {year} và dự báo đến tháng 12",
        "{name}: running total of {year}, forecast to December",
    ),
    "plot_known": ("đã công nhận", "recognised so far"),
    "plot_naive": ("giữ nguyên nhịp (ước tính đơn giản): {naive}", "straight line (naive): {naive}"),
    "plot_target": ("chỉ tiêu: {target}", "target: {target}"),
    "plot_interval": ("khoảng dự báo {level} %", "{level} % prediction interval"),
    "plot_median": ("trung vị: {median}", "median: {median}"),
    "plot_medians": ("trung vị", "median"),
    "plot_so_far": ("đã công nhận", "recognised so far"),
    "plot_targets": ("chỉ tiêu", "target"),
    "plot_products": ("số sản phẩm công nhận mới", "newly recognised products"),
    "plot_year_products": ("số sản phẩm công nhận mới cả năm", "newly recognised products in the year"),
    "plot_month_products": ("sản phẩm trong tháng", "products in the month"),
    "plot_month": ("tháng", "month"),
    "plot_chance": ("xác suất (%)", "probability (%)"),
    "plot_total": ("{name}: năm nay kết thúc ở bao nhiêu sản phẩm?", "{name}: where the year may end"),
    "plot_missed": ("dưới {target}: {chance}", "below {target}: {chance}"),
    "plot_reached": ("từ {target} trở lên: {chance}", "{target} or more: {chance}"),
    "plot_intervals": (
        "Các địa phương và xác suất đạt chỉ tiêu",
        "The units and their probability of reaching the target",
    ),
    "plot_tiles_plan": (
        "Xác suất đạt chỉ tiêu khi có hỗ trợ; +n: số hồ sơ được hỗ trợ",
        "Probability of meeting the target with support; +n: dossiers supported",
    ),
    "plot_budget": ("Thêm kinh phí hỗ trợ thì được thêm gì", "What money for support gains"),
    "plot_budget_money": ("Kinh phí hỗ trợ (triệu đồng)", "Money for support (million VND)"),
    "plot_budget_units": ("Số địa phương dự kiến đạt", "Units expected to attain"),
    "plot_budget_products": ("Sản phẩm dự kiến tính vào chỉ tiêu", "Products expected to count"),
    "plot_budget_province": ("Xác suất cả tỉnh đạt chỉ tiêu", "Province's probability"),
    "control_budget": ("Kinh phí (triệu đồng)", "Budget (million VND)"),
    "control_effect": ("Hiệu quả của một hồ sơ (%)", "Effect of a dossier (%)"),
    "control_trend_alone": ("{name}, chỉ theo xu hướng", "{name}, by the trend alone"),
    "control_goal": ("Mục tiêu", "Goal"),
    "control_unit": ("Địa phương", "District"),
    "control_choose": ("— chọn —", "— choose —"),
    "control_trend": (
        "{name}: {so_far} sản phẩm từ {first} đến {last}. Mức dự báo dựa {credibility} vào lịch sử của chính nơi này, phần còn lại vào chỉ tiêu của nó; khoảng {share} số sản phẩm sắp tới của cả tỉnh.",
        "{name}: {so_far} products from {first} to {last}. Its level rests to {credibility} on its own record, the rest on its part of the targets; of the province's products to come about {share}.",
    ),
    "goal_units": ("nhiều địa phương đạt nhất", "most units attaining"),
    "goal_products": ("nhiều sản phẩm tính vào chỉ tiêu nhất", "most products counted"),
    "goal_province": ("xác suất của cả tỉnh cao nhất", "the province's probability"),
    "column_supports": ("Số hồ sơ hỗ trợ", "Dossiers supported"),
    "column_p_with": ("Xác suất khi có hỗ trợ", "Probability with support"),
    "column_products": ("Sản phẩm tính thêm", "Products counted more"),
    "column_low": ("Ít nhất (hiệu quả khác)", "Fewest (other effects)"),
    "column_high": ("Nhiều nhất (hiệu quả khác)", "Most (other effects)"),
    "column_money_spent": ("Kinh phí (triệu đồng)", "Money (million VND)"),
    "column_done": ("Đã công nhận", "Done"),
    "column_committed": ("Đã qua hội đồng", "Committed"),
    "column_best_case": ("Đã nộp", "Best case"),
    "column_pipeline": ("Các bước trước", "Pipeline"),
    "column_open": ("Tổng hồ sơ", "Open dossiers"),
    "column_expected": ("Dự kiến đến tháng 12", "Expected by December"),
    "column_needed": ("Còn thiếu", "Still needed"),
    "column_coverage": ("Hồ sơ/còn thiếu", "Coverage"),
    "column_because": ("Giải thích", "Why"),
    "sheet_plan": ("Phương án kinh phí", "Budget"),
    "sheet_pipeline": ("Hồ sơ", "Dossiers"),
    "page_plan": ("Kinh phí hỗ trợ nên đặt vào đâu?", "Where should the budget go?"),
    "page_pipeline": ("Hồ sơ đang trong quy trình", "Dossiers on their way"),
    "caution_dossiers": (
        "HỒ SƠ TÁI LẬP: {rows} dòng hồ sơ là số liệu tái lập; hồ sơ quyết định phần lớn dự báo dưới đây.",
        "RECONSTRUCTED DOSSIERS: {rows} rows of dossiers are reconstructed, and dossiers decide most of this forecast.",
    ),
    "plot_tiles": (
        "Xác suất đạt chỉ tiêu theo địa phương",
        "Probability of reaching the target, by unit",
    ),
    "done": ("đã đạt", "attained"),
    "plot_months": (
        "Công nhận mới theo tháng (ô trống: không có)",
        "New recognitions by month (blank: none)",
    ),
    "plot_calendar": ("Nhịp trong năm: hệ số từng tháng", "The year's rhythm: month factors"),
    "plot_factor": ("hệ số (1 = đều)", "factor (1 = even)"),
    "plot_years": ("Công nhận mới mỗi năm (đến {month})", "New recognitions a year (to {month})"),
    "plot_reliability": (
        "Đã dự báo bao nhiêu, thực tế đạt bao nhiêu?",
        "What was promised, and what came true?",
    ),
    "plot_promised": ("xác suất đã dự báo (%)", "probability promised (%)"),
    "plot_came_true": ("thực tế đạt chỉ tiêu (%)", "reached the target (%)"),
    "plot_as_promised": ("đúng như dự báo", "as promised"),
    "plot_share": (
        "tỷ lệ thực đạt, khoảng {level} %; cạnh điểm: số dự báo",
        "share that made it, {level} % interval; beside it the forecasts",
    ),
    "plot_pit": (
        "Kết quả nằm ở đâu trong dự báo?",
        "Where in its forecast did the year end?",
    ),
    "plot_place": (
        "vị trí của kết quả: 0 = thấp hơn mọi mô phỏng, 1 = cao hơn",
        "place of the result: 0 = below all draws, 1 = above",
    ),
    "plot_of_results": ("số kết quả (%)", "results (%)"),
    "plot_right_model": ("mô hình đúng: khoảng {level} %", "a right model: {level} % interval"),
    "plot_even": ("đều", "even"),
    "plot_record": (
        "{name}: dự báo của các năm trước và kết quả",
        "{name}: past years' forecasts, and what came",
    ),
    "plot_came": ("kết quả cả năm", "the year's result"),
    "plot_stock": (
        "Giấy chứng nhận OCOP và thời điểm hết hiệu lực",
        "OCOP certificates and when they run out",
    ),
    "plot_certificates": ("số giấy chứng nhận", "certificates"),
    "plot_valid": ("còn hiệu lực trên {months} tháng", "valid for more than {months} months"),
    "plot_due": ("hết hiệu lực trong {months} tháng tới", "run out within {months} months"),
    "plot_lapsed": ("đã hết hiệu lực", "lapsed"),
    "plot_origin": (
        "thời điểm dự báo (tháng cuối đã biết; 0: đầu năm)",
        "when it was forecast (last month known; 0: before the year began)",
    ),
    # what changed since an earlier run
    "change_line": (
        "So với kỳ trước (tính đến {before}): {moved}/{units} địa phương thay đổi tình trạng.",
        "Since the last run (as of {before}), {moved} of {units} units have another standing.",
    ),
    "change_none": (
        "Chưa có kết quả của kỳ trước trong năm để so sánh.",
        "There is no earlier run of this year to compare with.",
    ),
    "change_province": (
        "{name}: xác suất đạt chỉ tiêu {p_before} → {p_reach}; số đã công nhận {so_far_before} → {so_far}.",
        "{name}: the probability of meeting the target went from {p_before} to {p_reach}, the count so far from {so_far_before} to {so_far}.",
    ),
    "change_added": (
        "không có trong kỳ trước (đơn vị mới)",
        "was not in the last run (a new unit)",
    ),
    "change_new": ("thêm {count} sản phẩm được công nhận", "{count} more recognised"),
    "change_late": (
        "bổ sung {count} sản phẩm của các tháng trước vào sổ",
        "{count} of earlier months were entered late",
    ),
    "change_struck": (
        "{count} sản phẩm của các tháng trước không còn trong sổ",
        "{count} of earlier months are no longer in the register",
    ),
    "change_target": ("chỉ tiêu điều chỉnh từ {before} sang {now}", "target from {before} to {now}"),
    "change_nothing": (
        "từ {before} đến {now} không có công nhận mới",
        "nothing new from {before} to {now}",
    ),
    "change_report": ("tình trạng báo cáo thay đổi", "what is reported changed"),
    "change_elsewhere": (
        "số liệu của địa phương như cũ; dự báo chung của tỉnh thay đổi",
        "its own figures are as they were; the province's forecast moved",
    ),
    "previous_other": (
        "{folder} dự báo {other}, không phải {own}: không so sánh được. Chọn thư mục khác cho --previous.",
        "{folder} forecasts {other} and not {own}: they cannot be compared. Name another folder for --previous.",
    ),
    "previous_none": (
        "{folder} không có kết quả hoàn chỉnh của một lần chạy (hoặc đã bị sửa). Chỉ --previous đến thư mục của một lần chạy đã xong.",
        "{folder} does not hold the results of a run that ended (or they were changed). Point --previous to the folder of one that has.",
    ),
    # what support would add
    "gain_line": (
        "Thêm một sản phẩm (ước {money} đồng) ở {name} làm tăng nhiều nhất xác suất đạt chỉ tiêu của một địa phương: từ {p_reach} lên {with_1}.",
        "One more product (about {money} VND) adds most to the probability of a single unit in {name}: from {p_reach} to {with_1}.",
    ),
    "gain_none": (
        "Không có địa phương nào còn thiếu so với chỉ tiêu.",
        "No unit is short of its target.",
    ),
    "gain_no_target": (
        "Năm nay chưa có chỉ tiêu nên chưa tính được.",
        "There is no target this year that a product more could reach.",
    ),
    "gain_nobody": (
        "Thêm một sản phẩm không làm xác suất đạt chỉ tiêu của địa phương nào tăng đến 1 điểm %.",
        "One more product raises no unit's probability by as much as one point.",
    ),
    "gain_terms": (
        "Giả định để tính thử: mỗi sản phẩm {money} đồng (mức đặt sẵn, không phải định mức đã được phê duyệt); sản phẩm thêm chắc chắn được công nhận trong năm và không nằm trong số đã dự báo. Không dùng làm căn cứ lập dự toán.",
        "Assumed, to reckon with: {money} VND a product (set beforehand, no approved rate); each is certain to be recognised this year and was not in the forecast. No basis for a budget.",
    ),
    "gain_any_dossier": (
        "Phép tính thử này không xét địa phương có hồ sơ để hỗ trợ hay không; phần kinh phí ở trên thì có.",
        "This what-if does not ask whether a unit has a dossier to support; the plan of the budget does.",
    ),
    "factor_passes": ("Tỷ lệ đạt tại hội đồng", "Share that a council passes"),
    "factor_added": (
        "Kịp trình trong năm, và không có hỗ trợ thì không kịp",
        "In time this year, and not so without support",
    ),
    "factor_effect": (
        "Hiệu quả: sản phẩm thêm của một hồ sơ được hỗ trợ",
        "Effect: products added by a support",
    ),
    "factor_published": (
        "{candidates} hồ sơ trước {count} hội đồng đã công bố; thấp và cao: hội đồng có từ 10 hồ sơ",
        "{candidates} dossiers before {count} published councils; low and high: councils with 10 dossiers or more",
    ),
    "factor_assumed": ("giả định, không có nguồn", "assumed, without a source"),
    "factor_product": ("tích của hai dòng trên", "the two lines above multiplied"),
    "factor_given": ("người lập kế hoạch cho", "given by the planner"),
    "column_assumption": ("Giả định", "Assumption"),
    "column_value": ("Giá trị", "Value"),
    "column_lowest": ("Thấp", "Low"),
    "column_highest": ("Cao", "High"),
    "column_source": ("Nguồn", "Source"),
    "gain_draws": (
        "Mọi xác suất dưới đây, cũng như ở các trang khác, được tính từ cùng một bộ mô phỏng; thêm sản phẩm là cộng vào kết quả của từng lần mô phỏng.",
        "All probabilities here and on the other sheets come from the same draws; more products are added to each draw's result.",
    ),
    # what a fit left out or fell back upon
    "fit_no_counts": (
        "chưa từng có sản phẩm nào: dự báo chỉ dựa vào giả định ban đầu",
        "nothing was ever counted: the forecast is little more than the prior",
    ),
    "fit_empty_years": (
        "bỏ qua các năm trước sản phẩm đầu tiên",
        "the years before the first count were left out",
    ),
    "fit_flat_months": (
        "chưa rõ nhịp trong năm, coi các tháng như nhau: cần ít nhất 24 tháng có số liệu",
        "month factors are all 1 and in doubt: they need 24 months and a count",
    ),
    "fit_no_past_window": (
        "quá ít tháng để thử dự báo quá khứ: tăng trưởng, độ phân tán và độ tin cậy lấy từ giả định ban đầu",
        "too few months to forecast a past window: growth, spread and credibility are the priors'",
    ),
    "fit_one_unit": (
        "chỉ có một đơn vị: đơn vị đó là cả tỉnh",
        "a single unit is the whole province: its share is 1",
    ),
    "fit_units_without_target": (
        "đơn vị chưa có chỉ tiêu năm nay được coi như đơn vị trung bình",
        "units without a target this year count as average ones",
    ),
    "fit_breaks": (
        "số liệu trước khi thay đổi cấp công nhận bị giảm một nửa trọng số",
        "what was decided before a change of who decides counts half",
    ),
    "fit_rounds": (
        "các đợt đánh giá dự kiến được dùng để dự báo tháng nào có sản phẩm, trong chừng mực các đợt trước đây cho biết điều đó",
        "the planned rounds move the forecast, as far as past rounds have told when products come",
    ),
    "fit_missing": (
        "phần mỗi đơn vị được tính chủ yếu theo số còn thiếu so với chỉ tiêu: cách này sát số liệu quá khứ hơn",
        "what a unit still misses of its target counts for more than the target itself: it fits the past better",
    ),
    "fit_targets_of_other_units": (
        "bỏ qua chỉ tiêu của đơn vị không có trong số liệu",
        "targets of units that are not in the panel were left out",
    ),
    # the empty workbook
    "template_guide": ("Hướng dẫn", "How to fill in"),
    "template_lists": ("Danh mục", "Lists"),
    "template_wrong": ("Giá trị chưa đúng", "Not allowed"),
    "template_text": (
        "Mỗi trang tính là một bảng; dòng 1 là tên cột, từ dòng 2 là số liệu.\n"
        "Ô tiêu đề in đậm: cột bắt buộc. Ô in nghiêng: có thể để trống. Đưa chuột vào ô tiêu đề để xem chú thích.\n"
        "Sổ đăng ký: mỗi dòng là một sản phẩm trong một quyết định (công nhận mới, công nhận lại, nâng hạng, thu hồi).\n"
        "Chỉ tiêu: mỗi đơn vị một dòng; chưa giao chỉ tiêu thì để trống, không ghi 0.\n"
        "Báo cáo: đơn vị nào đã hoặc chưa báo cáo tháng nào; không có dòng nào cho một tháng nghĩa là không theo dõi tháng đó.\n"
        "Hồ sơ: mỗi lần hồ sơ sang bước mới, ghi thêm một dòng với cùng mã hồ sơ; không đạt ở hội đồng thì ghi 'từ chối' hoặc 'trả lại'.\n"
        "Hồ sơ, Đợt đánh giá, Tên gọi khác: có thể để trống.\n"
        "Không đổi tên trang tính và tên cột; có thể thêm cột khác, các cột đó được bỏ qua.\n"
        "Kiểm tra: ocop-forecast check TEP.xlsx. Dự báo: ocop-forecast run --data TEP.xlsx.",
        "Each sheet is a table; row 1 holds the columns' names, the data begin in row 2.\n"
        "A header in bold: the column is needed. In italics: it may stay blank. Point at a header to read its comment.\n"
        "register: a row a product and decision (new, re-recognised, upgraded, revoked).\n"
        "targets: a row a unit; leave it blank while no target is set, do not write 0.\n"
        "reports: which unit has or has not reported which month; a month without any row is not watched.\n"
        "dossiers: each time a dossier reaches a stage, add a row with the same dossier code; one that fails at the council is 'refused' or 'sent back'.\n"
        "dossiers, rounds, aliases may stay empty.\n"
        "Keep the names of sheets and columns; other columns may be added and are left out.\n"
        "To check: ocop-forecast check FILE.xlsx. To forecast: ocop-forecast run --data FILE.xlsx.",
    ),
    "template_written": (
        "Đã ghi {path}. Điền số liệu, rồi kiểm tra: ocop-forecast check {path}",
        "Written: {path}. Fill it in, then check it: ocop-forecast check {path}",
    ),
    "template_there": (
        "{path} đã có. Chọn tên khác, hoặc xóa tệp đó trước.",
        "{path} is there already. Choose another name, or delete the file first.",
    ),
    "notebooks_there": (
        "Trong {folder} đã có: {names}. Chọn thư mục khác, hoặc đổi tên các tệp đó trước.",
        "In {folder} there are already: {names}. Choose another folder, or rename these files first.",
    ),
    "notebooks_written": (
        "Đã chép {count} sổ tay vào {folder}. Mở: jupyter lab --notebook-dir={folder}",
        "{count} notebooks copied to {folder}. Open them: jupyter lab --notebook-dir={folder}",
    ),
    "html_type": (
        "Không ghi trang kiểm tra vào {path}: tên phải kết thúc bằng .html, để không ghi đè lên sổ liệu. Đặt tên khác.",
        "The page is not written to {path}: its name must end in .html, so that no table is overwritten. Name another.",
    ),
    "template_type": (
        "{path} không phải là tệp .xlsx. Chọn tên có đuôi .xlsx.",
        "{path} is no .xlsx file. Choose a name that ends in .xlsx.",
    ),
    "hint_needed": ("Bắt buộc.", "Needed."),
    "hint_free": ("Có thể để trống.", "May stay blank."),
    "hint_text": ("Chữ.", "Text."),
    "hint_unit": (
        "Tên hoặc mã đơn vị, chọn trong danh sách.",
        "Name or code of the unit; choose from the list.",
    ),
    "hint_whole": ("Số nguyên, ví dụ 3.", "A whole number, such as 3."),
    "hint_number": ("Số, ví dụ 72,5.", "A number, such as 72.5."),
    "hint_date": ("Ngày/tháng/năm, ví dụ 23/12/2024.", "Day/month/year, such as 23/12/2024."),
    "hint_month": ("Tháng/năm, ví dụ 9/2024.", "Month/year, such as 9/2024."),
    "hint_choice": ("Một trong: {allowed}.", "One of: {allowed}."),
    # the meeting pack
    "headline_province": (
        "{name}, năm {year}: {so_far}/{target} sản phẩm công nhận mới tính đến {month}. Ước cả năm: {median} (khoảng dự báo {level} %: {interval}); xác suất đạt chỉ tiêu: {chance}.",
        "{name}, {year}: {so_far} of {target} newly recognised products by {month}. Projection for the year: {median} ({level} % interval {interval}); probability of meeting the target: {chance}.",
    ),
    "headline_no_target": (
        "{name}, năm {year}: {so_far} sản phẩm công nhận mới tính đến {month}; chưa có chỉ tiêu. Ước cả năm: {median} (khoảng dự báo {level} %: {interval}).",
        "{name}, {year}: {so_far} newly recognised products by {month}; there is no target. Projection for the year: {median} ({level} % interval {interval}).",
    ),
    "count_attained": ("{count} đã đạt chỉ tiêu", "{count} already attained"),
    "count_on_track": ("{count} đúng tiến độ", "{count} on track"),
    "count_at_risk": ("{count} có nguy cơ", "{count} at risk"),
    "count_needs_support": ("{count} cần hỗ trợ", "{count} in need of support"),
    "count_no_target": ("{count} chưa có chỉ tiêu", "{count} without a target"),
    "count_no_report": ("{count} chưa có báo cáo", "{count} without a report"),
    "headline_count": ("Trong {units} địa phương: {counts}.", "Of {units} units: {counts}."),
    "headline_needy": (
        "Cần hỗ trợ, kèm xác suất đạt chỉ tiêu: {names}.",
        "In need of support, with the probability of meeting the target: {names}.",
    ),
    "headline_needy_more": ("và {more} địa phương khác (xem bảng)", "and {more} more (see the table)"),
    "headline_none": ("Không có địa phương nào cần hỗ trợ.", "No unit needs support."),
    "headline_some_targets": (
        "Chỉ {known}/{units} địa phương có chỉ tiêu; tổng của tỉnh gồm mọi địa phương.",
        "Only {known} of {units} units have a target; the province's total is of all.",
    ),
    "headline_naive": (
        "Nếu giữ nguyên nhịp từ đầu năm: {naive} (ước tính đơn giản).",
        "A straight line through the months so far would give {naive} (naive).",
    ),
    "pipeline_line": (
        "{open} hồ sơ đang trong quy trình: {committed} đã qua hội đồng và chờ quyết định, {best_case} đã nộp, "
        "{pipeline} ở các bước trước. Riêng các hồ sơ này dự kiến đem lại {expected} sản phẩm đến hết tháng 12.",
        "{open} dossiers are on their way: {committed} passed a council and wait for the decision, {best_case} are "
        "submitted, {pipeline} are at earlier steps. These alone are expected to bring {expected} products by December.",
    ),
    "pipeline_bare": (
        "{count} địa phương có ít hồ sơ hơn số sản phẩm còn thiếu (hồ sơ/còn thiếu): {names}.",
        "{count} units have fewer dossiers than products still missing (dossiers/missing): {names}.",
    ),
    "pipeline_weight": (
        "Dự báo dựa {weight} % vào hồ sơ, {rest} % vào xu hướng; trọng số này học từ {snapshots} lần nhìn lại trong "
        "{years} năm trước. Khi đó khoảng {part} % sản phẩm được công nhận đến hết năm chưa có hồ sơ vào thời điểm này.",
        "The forecast believes the dossiers {weight} %, the trend {rest} %, as learned from {snapshots} looks back "
        "at {years} past years. Then some {part} % of the products recognised by December had no dossier yet at this time.",
    ),
    "pipeline_score": (
        "Nhìn lại các năm đó, dự báo chỉ theo xu hướng cho kết quả thực tế của mỗi địa phương xác suất {trend}, dự báo "
        "có hồ sơ cho {pool} (cao hơn là tốt hơn; trung bình nhân).",
        "To what then came in each unit the trend alone gave {trend}, the forecast with dossiers {pool} (more is "
        "better; geometric means).",
    ),
    "pipeline_unknown": (
        "Chưa đủ lịch sử hồ sơ để biết hồ sơ dự báo tốt đến đâu: dự báo chỉ dựa vào xu hướng.",
        "There is too little history of dossiers to know what they foretell: the forecast is the trend's alone.",
    ),
    "memo_plan": ("Kinh phí hỗ trợ nên đặt vào đâu", "Where the budget should go"),
    "memo_plan_terms": (
        "Giả định, chưa được đo: mỗi hồ sơ được hỗ trợ đem lại thêm một sản phẩm với xác suất {effect} ({low}–{high}); xem meeting.html về nguồn.",
        "Assumed, not measured: a supported dossier adds a product with probability {effect} ({low}–{high}); meeting.html tells why.",
    ),
    "plan_ended": ("Phương án nằm ở {folder}.", "The plan lies in {folder}."),
    "plan_nothing": (
        "Với {money} triệu đồng không hỗ trợ hồ sơ nào ({cost} triệu đồng một hồ sơ): không có gì tăng thêm.",
        "With {money} million VND no support is given ({cost} million VND a dossier): nothing would be gained.",
    ),
    "plan_nothing_money": (
        "Kinh phí {money} triệu đồng chưa đủ cho một hồ sơ ({cost} triệu đồng).",
        "{money} million VND do not pay for one dossier ({cost} million VND).",
    ),
    "plan_nothing_targets": (
        "Chưa có chỉ tiêu năm nay: chưa lập được phương án cho {money} triệu đồng ({cost} triệu đồng một hồ sơ).",
        "There are no targets this year: no plan for {money} million VND ({cost} million VND a dossier).",
    ),
    "plan_bare": (
        "{count} địa phương chưa đúng tiến độ nhưng không còn hồ sơ chưa nộp để hỗ trợ: {names}.",
        "{count} units are not on track and have no dossier left to support: {names}.",
    ),
    "plan_units": (
        "Với {money} triệu đồng, hỗ trợ {supports} hồ sơ ở {units} địa phương: số địa phương dự kiến đạt chỉ tiêu "
        "tăng từ {without} lên {with_} (khoảng 80 %: {lower}–{upper}).",
        "With {money} million VND for {supports} dossiers in {units} units, the number of units expected to reach "
        "their target grows from {without} to {with_} (80 %: {lower}–{upper}).",
    ),
    "plan_products": (
        "Với {money} triệu đồng, hỗ trợ {supports} hồ sơ ở {units} địa phương: số sản phẩm tính vào chỉ tiêu dự "
        "kiến tăng từ {without} lên {with_} (khoảng 80 %: {lower}–{upper}).",
        "With {money} million VND for {supports} dossiers in {units} units, the products expected to count to "
        "targets grow from {without} to {with_} (80 %: {lower}–{upper}).",
    ),
    "plan_province": (
        "Với {money} triệu đồng, hỗ trợ {supports} hồ sơ ở {units} địa phương: xác suất cả tỉnh đạt chỉ tiêu tăng "
        "từ {without} lên {with_}.",
        "With {money} million VND for {supports} dossiers in {units} units, the province's probability of its "
        "target grows from {without} to {with_}.",
    ),
    "plan_who": ("Hỗ trợ (số hồ sơ): {names}.", "Support (dossiers): {names}."),
    "plan_turned": (
        "Nhờ được hỗ trợ, khả năng đạt chỉ tiêu vượt 50 % ở: {names}.",
        "With support the chance of the target passes 50 % in: {names}.",
    ),
    "plan_left": (
        "Còn lại {left} triệu đồng: chi thêm không tăng được gì, hoặc không còn hồ sơ hay người làm.",
        "{left} million VND remain: more would gain nothing, or there is no dossier or staff for it.",
    ),
    "plan_terms_assumed": (
        "Giả định, không phải số đo: mỗi hồ sơ được hỗ trợ ({money} triệu đồng) đem lại thêm một sản phẩm trong năm "
        "với xác suất {effect} (từ {low} đến {high}). Đó là tích của tỷ lệ đạt tại các hội đồng đã công bố và một "
        "tỷ lệ tự đặt, không có nguồn: nhờ hỗ trợ hồ sơ kịp trong năm, còn không có hỗ trợ thì không kịp.",
        "Assumed, not measured: a supported dossier ({money} million VND) brings one product more this year with "
        "probability {effect} ({low} to {high}). That is the pass share of published councils, times a part "
        "without a source: that the dossier is in time, and would not have been without support.",
    ),
    "plan_terms_own": (
        "Giả định của đơn vị lập kế hoạch: mỗi hồ sơ được hỗ trợ ({money} triệu đồng) đem lại thêm một sản phẩm "
        "trong năm với xác suất {effect} (từ {low} đến {high}).",
        "The planner's assumption: a supported dossier ({money} million VND) brings one product more this year "
        "with probability {effect} ({low} to {high}).",
    ),
    "plan_terms_point": (
        "Giả định của đơn vị lập kế hoạch: mỗi hồ sơ được hỗ trợ ({money} triệu đồng) đem lại thêm một sản phẩm "
        "trong năm với xác suất {effect}.",
        "The planner's assumption: a supported dossier ({money} million VND) brings one product more this year "
        "with probability {effect}.",
    ),
    "plan_robust": (
        "Dù hiệu quả nằm ở đâu trong khoảng đó, {count} địa phương luôn được hỗ trợ: {names}. An toàn nhất khi chưa "
        "biết hiệu quả là {choice}.",
        "Wherever the effect lies in that range, {count} units always get support: {names}. Safest while the effect "
        "is not known is {choice}.",
    ),
    "plan_nobody": ("không có", "none"),
    "plan_robust_low": ("phương án lập với hiệu quả {effect}", "the plan made for an effect of {effect}"),
    "plan_robust_effect": ("chính phương án này (hiệu quả {effect})", "this plan (an effect of {effect})"),
    "plan_robust_high": ("phương án lập với hiệu quả {effect}", "the plan made for an effect of {effect}"),
    "plan_row_gets": (
        "{name} được hỗ trợ {supports} hồ sơ: đã có {so_far}/{target}, xác suất đạt từ {p} lên {with_}.",
        "{name} gets support for {supports} dossiers: {so_far} of {target} so far, probability from {p} to {with_}.",
    ),
    "plan_row_attained": (
        "{name} đã đạt chỉ tiêu ({so_far}/{target}): không cần hỗ trợ.",
        "{name} has reached its target ({so_far} of {target}): no support is needed.",
    ),
    "plan_row_none": (
        "{name} không được hỗ trợ: đã có {so_far}/{target}, xác suất đạt {p}; số tiền đó dùng ở nơi khác hiệu quả hơn.",
        "{name} gets none: {so_far} of {target} so far, probability {p}; the same money does more elsewhere.",
    ),
    "plan_row_limit": (
        "{name} không được hỗ trợ: đã có {so_far}/{target}, xác suất đạt {p}, nhưng không còn hồ sơ nào chưa nộp để hỗ trợ: trước hết cần có hồ sơ mới.",
        "{name} gets none: {so_far} of {target} so far, probability {p}, but no dossier that is not submitted yet: a new one is needed first.",
    ),
    "plan_row_no_target": (
        "{name} không có chỉ tiêu trong năm.",
        "{name} has no target this year.",
    ),
    "plan_row_range": (
        "Tùy hiệu quả giả định, số hồ sơ được hỗ trợ từ {low} đến {high}.",
        "As the assumed effect varies, it gets from {low} to {high}.",
    ),
    "plan_row_all": (
        "Đó là toàn bộ hồ sơ còn hỗ trợ được của địa phương này.",
        "These are all its dossiers that can be supported.",
    ),
    "page_title": (
        "OCOP {name}: ước thực hiện năm {year}, tính đến {month}",
        "OCOP {name}: projection for {year}, as of {month}",
    ),
    "page_pictures": ("Bản đồ và diễn biến trong năm", "Map and course of the year"),
    "page_units": ("Từng địa phương so với chỉ tiêu", "Every unit against its target"),
    "page_gains": ("Hỗ trợ ở đâu có tác dụng nhất? (tính thử)", "What would help most? (what if)"),
    "page_changes": ("Thay đổi so với kỳ trước", "What changed since the last run?"),
    "page_home": ("Trang của cuộc họp", "The meeting's page"),
    "page_trust": ("Mức độ tin cậy của dự báo", "How far to trust it?"),
    "alt_table": ("Số liệu ở bảng bên dưới.", "Its figures stand in the table below."),
    "sheet_summary": ("Tóm tắt", "Summary"),
    "sheet_units": ("Đơn vị", "Units"),
    "sheet_months": ("Tháng", "Months"),
    "sheet_flags": ("Tình trạng và lý do", "Flags and reasons"),
    "sheet_gains": ("Tính thử", "Support"),
    "sheet_changes": ("Thay đổi", "Changes"),
    "sheet_notes": ("Ghi chú", "Notes"),
    "sheet_page": ("Trang {page}/{pages}", "Page {page} of {pages}"),
    "sheet_running": ("Lũy kế cả tỉnh", "The province's running total"),
    "chart_units": (
        "Đã công nhận, ước cả năm và chỉ tiêu của từng địa phương",
        "What each unit has, where its year may end, and its target",
    ),
    "chart_months": (
        "Lũy kế cả tỉnh và dự báo đến tháng 12",
        "The province's running total, and its forecast to December",
    ),
    "month_expected": ("{month} (dự kiến)", "{month} (expected)"),
    "month_so_far": ("{month} (đến hết {as_of})", "{month} (to {as_of})"),
    "month_rest": ("{month} (phần còn lại, dự kiến)", "{month} (the rest, expected)"),
    "column_unit": ("Mã", "Code"),
    "column_name": ("Địa phương", "Unit"),
    "column_so_far": ("Đã công nhận", "So far"),
    "column_target": ("Chỉ tiêu", "Target"),
    "column_median": ("Ước cả năm (trung vị)", "Projection (median)"),
    "column_interval": ("Khoảng dự báo {level} %", "{level} % interval"),
    "column_lower": ("Cận dưới {level} %", "Lower {level} %"),
    "column_upper": ("Cận trên {level} %", "Upper {level} %"),
    "column_p_reach": ("Xác suất đạt chỉ tiêu", "Probability of meeting the target"),
    "column_shortfall": ("Số còn thiếu dự kiến", "Expected shortfall"),
    "column_needed_per_month": ("Cần thêm mỗi tháng", "Needed a month"),
    "column_pace": ("Nhịp mỗi tháng đến nay", "Pace a month so far"),
    "column_naive": ("Giữ nguyên nhịp (ước tính đơn giản)", "Straight line (naive)"),
    "column_flag": ("Tình trạng", "Standing"),
    "column_reason": ("Lý do", "Reason"),
    "column_with_1": ("Nếu thêm 1 sản phẩm", "With 1 more"),
    "column_with_2": ("Nếu thêm 2", "With 2 more"),
    "column_with_3": ("Nếu thêm 3", "With 3 more"),
    "column_more": ("Cần thêm để đúng tiến độ", "More for on track"),
    "column_money": ("Kinh phí theo giả định (triệu đồng)", "Cost if so (million VND)"),
    "column_flag_before": ("Tình trạng kỳ trước", "Standing before"),
    "column_p_before": ("Xác suất kỳ trước", "Probability before"),
    "column_why": ("Nguyên nhân", "Why"),
    "column_count": ("Số địa phương", "Units"),
    "column_note": ("Mục", "Topic"),
    "column_said": ("Nội dung", "What there is to say"),
    "caution_made_up": (
        "Chú ý: trong số liệu năm {year} có {rows} dòng của sổ đăng ký và {targets} chỉ tiêu là số liệu TÁI LẬP (dựng lại), không phải số liệu chính thức.",
        "Caution: of the {year} data, {rows} register rows and {targets} targets are RECONSTRUCTED, not official figures.",
    ),
    "caution_empty_months": (
        "Quyết định cuối cùng trong sổ: {last}. Thời gian sau đó đến hết {as_of} được coi là đủ số liệu và bằng 0.",
        "The register's last decision is of {last}. What follows to the end of {as_of} is taken as known and zero.",
    ),
    "caution_open_month": (
        "Chưa hết {as_of} nhưng cả tháng được coi là đã đủ số liệu. Nếu sổ mới ghi đến một ngày, chọn ngày đó, ví dụ --as-of {example}.",
        "{as_of} is not over, but is taken as known whole. Where the register ends on a day, say so, as with --as-of {example}.",
    ),
    "caution_unreported": (
        "{count} địa phương chưa báo cáo đủ các tháng, số đã công nhận có thể còn thiếu: {names}.",
        "{count} units have not reported all months, so what is counted may be too little: {names}.",
    ),
    "caution_later": (
        "Bỏ qua {later} dòng có ngày quyết định sau {as_of}.",
        "{later} rows decided after {as_of} were left out.",
    ),
    "note_as_of": ("Tính đến", "As of"),
    "note_origin": ("Nguồn gốc số liệu", "Origin of the data"),
    "note_origin_counts": (
        "{published} dòng đã công bố, {reconstructed} dòng TÁI LẬP (không phải số liệu chính thức)",
        "{published} rows published, {reconstructed} rows RECONSTRUCTED (not official figures)",
    ),
    "note_draws": ("Số lần mô phỏng; hạt giống (seed)", "Draws; seed"),
    "note_last": ("Quyết định cuối cùng trong sổ", "Last decision in the register"),
    "note_year": ("Năm được tính", "Year that counts"),
    "note_year_decision": (
        "Sản phẩm được tính vào năm của ngày quyết định: {decision} trong năm {year}. Nếu tính theo năm kế hoạch: {programme} (--count-by programme).",
        "A product counts to the calendar year of its decision: {decision} in {year}. By programme year it would be {programme} (--count-by programme).",
    ),
    "note_year_programme": (
        "Sản phẩm được tính theo năm kế hoạch: {programme} cho năm {year}. Nếu tính theo ngày quyết định: {decision}.",
        "A product counts to its programme year: {programme} for {year}. By the date of the decision it would be {decision}.",
    ),
    "note_units_as": ("Đơn vị hành chính", "Units"),
    "units_as_commune": (
        "Xã, phường sau sắp xếp năm 2025; số liệu các năm trước được quy về xã, phường mới.",
        "The communes since the reform of 2025; earlier years are carried to them.",
    ),
    "units_as_historic-district": (
        "Các huyện trước sắp xếp năm 2025; số liệu sau đó được quy về huyện cũ.",
        "The districts as they were before the reform of 2025; what came later is carried to them.",
    ),
    "note_warnings": ("Kiểm tra số liệu", "Check of the data"),
    "note_warnings_count": (
        "{count} cảnh báo, không làm dừng dự báo. Xem bằng lệnh ocop-forecast check.",
        "{count} warnings, which stop no run. See them with ocop-forecast check.",
    ),
    "note_sums": ("Cộng dồn", "Sums"),
    "note_sums_text": (
        "Trung vị và khoảng dự báo không cộng dồn được: tổng của tỉnh được tính trong từng lần mô phỏng.",
        "Medians and intervals do not add up: the province is summed within each draw.",
    ),
    "note_interval": ("Khoảng dự báo", "Interval"),
    "note_interval_text": (
        "Vì sản phẩm là số nguyên, khoảng {level} % chứa kết quả với xác suất ít nhất {level} %.",
        "Products being whole numbers, a {level} % interval holds with a probability of at least {level} %.",
    ),
    "note_rule": ("Ngưỡng", "Thresholds"),
    "note_rule_text": (
        "Đúng tiến độ: xác suất từ {on_track}; có nguy cơ: từ {at_risk}; dưới đó: cần hỗ trợ.",
        "On track: a probability of {on_track} or more; at risk: {at_risk} or more; below: needs support.",
    ),
    "note_breaks": ("Thay đổi cấp công nhận", "Changes of who decides"),
    "note_rounds": ("Đợt đánh giá dự kiến", "Planned rounds"),
    "note_fit": ("Lưu ý khi ước lượng", "Fallbacks in fitting"),
    "note_fit_none": ("không có", "none"),
    "note_run": ("Mã lần chạy", "Run"),
    "note_sources": ("Tệp số liệu (SHA-256)", "Files of data (SHA-256)"),
    "note_version": ("Phiên bản", "Version"),
    "note_probability": ("Cách đọc xác suất", "How to read a probability"),
    "note_probability_text": (
        "{p} nghĩa là: cứ 100 năm như thế này thì khoảng ngần ấy năm đạt chỉ tiêu (sai số mô phỏng khoảng 1 điểm). Đây là ước tính, không phải cam kết; xác suất các năm trước đúng đến đâu: lệnh ocop-forecast backtest.",
        "{p} means: in about so many of 100 such years the target is met (the draws leave a doubt of about one point). It is an estimate, no promise; how often such came true in past years: ocop-forecast backtest.",
    ),
    # the meeting's note
    "memo_office": ("[TÊN CƠ QUAN]\n\nSố: ……/BC-……", "[NAME OF THE OFFICE]\n\nNo.: ……/……"),
    "memo_state": (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n……………, ngày …… tháng …… năm ………",
        "SOCIALIST REPUBLIC OF VIET NAM\nIndependence - Freedom - Happiness\n……………, day …… month …… year ………",
    ),
    "memo_kind": ("BÁO CÁO", "REPORT"),
    "memo_subject": (
        "Ước kết quả công nhận sản phẩm OCOP năm {year}\n{name}, tính đến {month}",
        "Projection of the OCOP recognitions of {year}\n{name}, as of {month}",
    ),
    "memo_units": ("Tình hình từng địa phương", "The units one by one"),
    "memo_picture": (
        "Hình: Đã công nhận, dự báo cả năm (khoảng dự báo {level} %) và chỉ tiêu, tính đến {month}.",
        "Figure: Recognised so far, the year's forecast ({level} % interval) and the target, as of {month}.",
    ),
    "memo_needy": ("Địa phương cần hỗ trợ và lý do", "Units that need support, and why"),
    "memo_for_all": ("Chung cho các địa phương trên: {said}", "For all of these: {said}"),
    "memo_changes": ("Thay đổi so với kỳ trước", "What changed since the last run"),
    "memo_moved": ("Địa phương đổi tình trạng: {names}.", "With another standing: {names}."),
    "memo_more": ("và {more} địa phương khác", "and {more} more"),
    "memo_gains": ("Nếu có thêm một sản phẩm", "What one more product would add"),
    "memo_sources": ("Nguồn số liệu và cách tính", "Sources and method"),
    "memo_elsewhere": (
        "Cách tính đầy đủ và các ghi chú khác: tệp meeting.html kèm theo.",
        "The whole method and further notes: the file meeting.html that comes with this one.",
    ),
    "memo_recipients": ("Nơi nhận:\n- ……………;\n- Lưu: VT.", "Recipients:\n- ……………;\n- Archive."),
    "memo_maker": ("NGƯỜI LẬP BIỂU\n(Ký, ghi rõ họ tên)", "PREPARED BY\n(Signature and full name)"),
    "memo_head": (
        "LÃNH ĐẠO ĐƠN VỊ\n(Ký, ghi rõ họ tên)",
        "HEAD OF THE OFFICE\n(Signature and full name)",
    ),
    # the record of past years
    "record_short": (
        "Sổ đăng ký có số liệu từ {first} đến {last}: chưa đủ để kiểm định. Cần ít nhất ba năm trọn vẹn: một năm đã kết thúc và hai năm liền trước đó.",
        "The register goes from {first} to {last}: too short for a backtest. It takes three whole years: one that is over, and the two before it.",
    ),
    "record_ended": ("Đã ghi vào {folder}.", "Written to {folder}."),
    "record_of_trend": (
        "Số liệu nhìn lại này chỉ của phần xu hướng; phần hồ sơ xem {where}.",
        "This record is of the trend alone; what dossiers were worth stands under {where}.",
    ),
    "dossiers_here": ("mục Hồ sơ", "Dossiers"),
    "dossiers_there": ("mục Hồ sơ của meeting.html", "Dossiers in meeting.html"),
    "doubt": (
        'Chưa nên ra quyết định theo các xác suất dưới đây: xem "{section}".',
        'Do not decide by the probabilities below yet: see "{section}".',
    ),
    "record_none": (
        "Chưa đủ số liệu các năm trước (cần ít nhất ba năm trọn vẹn) để biết dự báo loại này đúng đến đâu.",
        "Too few past years are known (it takes three whole ones) to tell what such forecasts were worth.",
    ),
    "record_now": (
        "Cùng thời điểm này các năm {years}, với những gì đã biết khi đó:",
        "At this time of the years {years}, with what was known then:",
    ),
    "record_scope": (
        "Kiểm định trên dữ liệu quá khứ {years}: {origins} thời điểm, {units} địa phương; mỗi lần dự báo phần còn lại của năm, chỉ dùng các quyết định có ngày đến lúc đó và chỉ tiêu của năm.",
        "Backtest of {years}: {origins} month ends, {units} districts; each time the rest of the year was forecast with the decisions dated up to then and the year's targets.",
    ),
    "record_made_up": (
        "Chú ý: {rows} dòng của sổ đăng ký (các năm được kiểm định và hai năm trước đó) và {targets} chỉ tiêu là số liệu TÁI LẬP (dựng lại), không phải số liệu chính thức.",
        "Caution: {rows} register rows (of the years tested and the two before them) and {targets} targets are RECONSTRUCTED, not official figures.",
    ),
    "record_unit": ("Từng địa phương", "By district"),
    "record_province": ("Cả tỉnh", "The province"),
    "record_against": (
        "{of}: sai số (RPS) {error} so với cách đơn giản tốt nhất trong {peers} cách, tốt hơn trong {ahead}/{years} năm: {verdict}.",
        "{of}: errors (RPS) {error} than those of the best of {peers} simple methods, ahead in {ahead} of {years} years: {verdict}.",
    ),
    "record_smaller": ("nhỏ hơn {by} %", "{by} % smaller"),
    "record_larger": ("lớn hơn {by} %", "{by} % larger"),
    "record_earns": ("mô hình đáng dùng ở đây", "here the model earns its keep"),
    "record_mixed": ("chưa phân rõ hơn kém", "neither is clearly ahead"),
    "record_fails": ("ở đây cách đơn giản dự báo tốt hơn", "here a simple method does better"),
    "record_brier": (
        "Xác suất đạt chỉ tiêu của từng địa phương: điểm Brier {brier} (cách đơn giản tốt nhất: {best}; luôn nói 50 %: {coin}; càng nhỏ càng tốt).",
        "Probability of a district's target: Brier score {brier} (best simple method {best}; always saying 50 %: {coin}; smaller is better).",
    ),
    "record_coin": (
        "Xác suất này kém hơn cả việc luôn nói 50 %: ở đây chưa nên dùng nó để ra quyết định.",
        "These probabilities did worse than always saying 50 %: do not decide by them here yet.",
    ),
    "record_held": (
        "Khoảng dự báo {level} % của tỉnh chứa kết quả trong {held}/{forecasts} lần; của các địa phương: {units} số lần (vì là số nguyên, các khoảng này hứa {promised}).",
        "The province's {level} % interval held in {held} of {forecasts} forecasts, the districts' in {units} of theirs (being of whole numbers, these promised {promised}).",
    ),
    "record_below": ("dưới {to} %", "less than {to} %"),
    "record_above": ("từ {start} % trở lên", "{start} % or more"),
    "record_given": (
        "Trong {forecasts} dự báo cấp huyện có xác suất {band} (bình quân {promised}), thực tế {reached} đạt chỉ tiêu.",
        "Of {forecasts} district forecasts given {band} ({promised} on average), {reached} reached the target.",
    ),
    "record_flags": (
        'Cờ "cần hỗ trợ": báo trước {hits}/{missed} lần không đạt; {false_alarms}/{flags} cảnh báo là nhầm (theo đà từ đầu năm: {naive_hits}/{missed} và {naive_false}/{naive_flags}).',
        'The flag "needs support" told {hits} of {missed} failures beforehand; {false_alarms} of {flags} flags were false alarms (by the run rate {naive_hits} of {missed}, and {naive_false} of {naive_flags}).',
    ),
    "record_apart": (
        "Không tính vào các dòng về chỉ tiêu: {attained} dự báo khi địa phương đã đạt chỉ tiêu.",
        "Left out of the lines on targets: {attained} forecasts of districts that had attained theirs already.",
    ),
    "record_never": (
        "Cũng không tính: {never} dự báo mà không phương pháp nào cho thấy khả năng đạt; thực tế {after} trường hợp vẫn đạt.",
        "Left out too: {never} forecasts of targets that no draw of any method reached; {after} were reached after all.",
    ),
    "record_together": (
        "Các dự báo trong cùng một năm thường cùng đúng hoặc cùng sai; vì vậy mức tin cậy phụ thuộc vào số năm ({years}), không phải số thời điểm ({origins}).",
        "Forecasts of one year are right or wrong together: what counts is how many years there are ({years}), not how many month ends ({origins}).",
    ),
    "record_skill": (
        "Điểm của từng cách dự báo: càng nhỏ càng tốt (trừ cột khoảng dự báo)",
        "Scores by method: the smaller the better (but for the interval)",
    ),
    "record_reliability": (
        "Xác suất đã dự báo và tỷ lệ thực đạt, các địa phương chưa đạt chỉ tiêu lúc dự báo",
        "What was promised and what came true, for districts still below their target",
    ),
    "record_flagged": (
        'Cờ "cần hỗ trợ" so với kết quả cuối năm',
        'The flag "needs support" against how the year ended',
    ),
    "method_this model": ("mô hình này", "this model"),
    "method_run rate": ("giữ nguyên nhịp", "run rate"),
    "method_same months": ("cùng kỳ các năm trước", "same months of past years"),
    "method_Bornhuetter-Ferguson": ("Bornhuetter-Ferguson", "Bornhuetter-Ferguson"),
    "method_Poisson GLM": ("GLM Poisson", "Poisson GLM"),
    "score_forecasts": ("Số dự báo", "Forecasts"),
    "score_outcomes": ("Số kết quả khác nhau", "Outcomes"),
    "score_rps": ("RPS", "RPS"),
    "score_wis": ("WIS", "WIS"),
    "score_log_score": ("Điểm log", "Log score"),
    "score_brier": ("Điểm Brier", "Brier score"),
    "score_held": ("Khoảng dự báo đúng", "Interval held"),
    "score_rps_best": ("RPS / cách tốt nhất", "RPS / best peer"),
    "score_log_best": ("Log − cách tốt nhất", "Log − best peer"),
    "score_promised": ("Dự báo bình quân", "Promised"),
    "score_reached": ("Thực đạt", "Reached"),
    "score_lower": ("Cận dưới 80 %", "Lower 80 %"),
    "score_upper": ("Cận trên 80 %", "Upper 80 %"),
    "score_hits": ("Cảnh báo đúng", "Hits"),
    "score_false_alarms": ("Cảnh báo nhầm", "False alarms"),
    "score_misses": ("Bỏ sót", "Misses"),
    "score_correct_rejections": ("Không cảnh báo, vẫn đạt", "Correct rejections"),
    "score_hit_rate": ("Tỷ lệ báo trước", "Hit rate"),
    "score_false_alarm_ratio": ("Tỷ lệ cảnh báo nhầm", "False alarm ratio"),
    # runs
    "run_ended": ("Đã ghi vào {folder}. Mở trang: {page}", "Written to {folder}. Open the page: {page}"),
    "progress_unit": ("sổ tay", "notebooks"),
    "progress_failed": ("{count} lỗi", "{count} failed"),
    "progress_started": (
        "{count} sổ tay, {done} đã xong từ trước.",
        "{count} notebooks, {done} done before.",
    ),
    "progress_tables": (
        "Đã tính xong dự báo và ghi các bảng cho cuộc họp.",
        "The forecast is made and the meeting's tables are written.",
    ),
    "progress_done": ("{name}: xong ({seconds} giây).", "{name}: done ({seconds} seconds)."),
    "progress_failed_one": ("{name}: LỖI ({reason}).", "{name}: FAILED ({reason})."),
    "progress_left": ("Còn khoảng {left}.", "About {left} left."),
    "progress_set_aside": (
        "Có tệp đã bị sửa sau khi ghi; bản đã sửa được giữ lại với tên: {files}.",
        "Files had been changed since they were written; the changed ones are kept as {files}.",
    ),
    "cannot_write": (
        "Không đọc hoặc ghi được {path}: {reason}. Đóng tệp nếu đang mở trong Excel, kiểm tra chỗ trống trên đĩa, hoặc chọn thư mục khác bằng --out.",
        "Cannot read or write {path}: {reason}. Close the file if it is open in Excel, check the space on the disk, or choose another folder with --out.",
    ),
    "bad_name": (
        'Tên "{name}" không dùng được: chỉ dùng chữ không dấu, chữ số, ".", "-" và "_".',
        'The name "{name}" cannot be used: take plain letters, digits, ".", "-" and "_".',
    ),
    "run_differs": (
        "{folder} đang giữ một lần chạy khác (khác nhau: {changed}). Chọn tên khác bằng --name, hoặc thay thế nó bằng --replace.",
        "{folder} holds another run ({changed} differ). Choose another name with --name, or replace it with --replace.",
    ),
    "run_held": (
        "{folder} đang được một lần chạy khác sử dụng (tiến trình {pid} trên máy {host}, từ {since}). Đợi lần chạy đó kết thúc, hoặc chọn tên khác bằng --name.",
        "{folder} is in use by another run (process {pid} on {host}, since {since}). Wait until it has ended, or choose another name with --name.",
    ),
    "folder_other": (
        "{folder} có những tệp không phải của một lần chạy. Chọn tên khác bằng --name, hoặc chuyển các tệp đó đi.",
        "{folder} holds files that are no run's. Choose another name with --name, or move them away.",
    ),
    "cluster_missing": (
        "--scheduler cần gói dask.distributed. Cài bằng: pip install distributed (hoặc pip install ocop-forecast[cluster]).",
        "--scheduler needs the package dask.distributed. Install it: pip install distributed (or pip install ocop-forecast[cluster]).",
    ),
    "cluster_silent": (
        "không kết nối được với bộ điều phối {scheduler} ({reason}). Kiểm tra địa chỉ, và `dask scheduler` đang chạy.",
        "no scheduler answers at {scheduler} ({reason}). Check the address, and that `dask scheduler` is running.",
    ),
    "cluster_empty": (
        "bộ điều phối {scheduler} chưa có máy làm việc nào. Khởi động `dask worker {scheduler}` trên các máy.",
        "the scheduler {scheduler} has no workers. Start `dask worker {scheduler}` on the machines.",
    ),
    "cluster_differs": (
        "các máy làm việc dùng phiên bản khác với máy này (ghi trong ngoặc):\n{found}\nCài cùng một requirements.lock trên mọi máy.",
        "the workers have other versions than this machine (in brackets):\n{found}\nInstall the same requirements.lock everywhere.",
    ),
    "cluster_lost": (
        "mất kết nối với bộ điều phối ({reason}). Phần đã làm xong được giữ lại; chạy lại đúng lệnh này để làm tiếp.",
        "the scheduler was lost ({reason}). What is done is kept; the same command goes on from there.",
    ),
    "stopped": ("Đã dừng; chưa ghi gì.", "Stopped; nothing was begun."),
    "run_unfinished": (
        "{folder} chưa xong: còn sổ tay chưa chạy lần nào. Chạy lại lệnh này, không có --only-failed.",
        "{folder} is not finished: some notebooks were never executed. Give the command without --only-failed.",
    ),
    "run_stopped": (
        "Đã dừng. Phần đã làm xong được giữ trong {folder}; chạy lại đúng lệnh này để làm tiếp.",
        "Stopped. What is done is kept in {folder}; the same command goes on from there.",
    ),
    "inputs_changed": (
        "số liệu vừa bị thay đổi trong lúc đang đọc. Lưu và đóng các tệp số liệu, rồi chạy lại.",
        "the data were changed while they were being read. Save and close the files, then run again.",
    ),
    "notebook_missing": (
        "thiếu sổ tay {path}. Cài lại ocop-forecast, hoặc chạy từ một bản sao đầy đủ của dự án.",
        "the notebook {path} is missing. Install ocop-forecast again, or run from a whole copy of the project.",
    ),
    "notebook_parameters": (
        'ô được gắn thẻ "parameters" của {path} phải có đúng các tham số: {names}.',
        'the cell tagged "parameters" of {path} must hold exactly the parameters {names}.',
    ),
    "units_failed": (
        "{count} sổ tay bị lỗi, các sổ tay khác đã xong:\n{reasons}\nXem *.failed.ipynb trong {folder}.",
        "{count} notebooks failed, the others are complete:\n{reasons}\nSee *.failed.ipynb in {folder}.",
    ),
    "differs_as_of": ("mốc tính đến", "as-of date"),
    "differs_settings": ("thiết lập", "settings"),
    "differs_previous": ("lần chạy để so sánh", "the run to compare with"),
    "differs_inputs": ("số liệu đầu vào", "inputs"),
    "differs_versions": ("phiên bản phần mềm", "versions"),
    "checked_province": (
        "{path}: {units} đơn vị, {rows} dòng đến hết {as_of}, trong đó {new} công nhận mới.",
        "{path}: {units} units, {rows} rows up to {as_of}, {new} of them new recognitions.",
    ),
    "check_files": (
        "Tệp có mặt, đúng loại, đọc được, có số liệu",
        "Files are there, of the right kind, readable, not empty",
    ),
    "check_encoding": ("Chữ là Unicode, không lỗi phông", "Text is Unicode, none of it garbled"),
    "check_sheets": ("Các trang tính được đọc đủ", "All sheets are read"),
    "check_headers": ("Đủ cột bắt buộc, không trùng tên cột", "Needed columns are there, none twice"),
    "check_rows_left_out": ("Không dòng nào bị bỏ qua", "No row is left out"),
    "check_totals": ("Dòng tổng cộng khớp với các dòng", "Totals agree with the rows"),
    "check_filled_in": (
        "Ô bắt buộc đã điền, công thức có kết quả",
        "Needed cells are filled in, formulas have values",
    ),
    "check_numbers": ("Số đúng và trong giới hạn", "Numbers are numbers and within bounds"),
    "check_dates": (
        "Ngày tháng có thật, rõ ràng, trong thời gian chương trình",
        "Dates are real, clear and within the programme",
    ),
    "check_later": (
        "Không có quyết định hay bước hồ sơ nào sau mốc tính đến",
        "No decision and no step of a dossier is later than the as-of date",
    ),
    "check_choices": (
        "Giá trị chọn và thiết lập thuộc danh mục",
        "Choices and settings are among those allowed",
    ),
    "check_codes": ("Mã đơn vị, mã sản phẩm hợp lệ và duy nhất", "Codes are valid and of one unit"),
    "check_units": ("Tên đơn vị có trong danh mục, không mơ hồ", "Units are known and clear"),
    "check_units_in_force": ("Đơn vị có hiệu lực vào ngày của dòng", "Units are in force on the row's day"),
    "check_communes": (
        "Xã, phường có trong danh mục và thuộc đúng huyện",
        "Communes are known and lie in their district",
    ),
    "check_carried": (
        "Quy đổi địa giới không có trường hợp phải ước lượng",
        "Everything is carried to its unit without a guess",
    ),
    "check_aliases": (
        "Tên gọi khác không trùng tên thật của đơn vị khác",
        "Aliases are no true names of others",
    ),
    "check_twice": ("Không dòng nào ghi hai lần", "No row stands twice"),
    "check_new_once": ("Mỗi sản phẩm chỉ công nhận mới một lần", "A product is new once"),
    "check_near_duplicates": ("Không có tên sản phẩm gần trùng nhau", "No two products have nearly one name"),
    "check_certificates": ("Hạn, hạng sao và điểm khớp nhau", "Expiry, stars and points agree"),
    "check_decisions": (
        "Số, ngày quyết định và năm kế hoạch khớp nhau",
        "Number, day and programme year of decisions agree",
    ),
    "check_dossiers": (
        "Mỗi mã hồ sơ thuộc một đơn vị; hồ sơ được công nhận có trong sổ đăng ký",
        "A dossier's code is of one unit; recognised dossiers stand in the register",
    ),
    "check_rounds": ("Số liệu các đợt khớp với sổ đăng ký", "Rounds agree with the register"),
    "check_reports": ("Mọi đơn vị đều đã báo cáo", "Every unit has reported"),
    "checked_dossiers": (
        "Hồ sơ: {rows} dòng (kể cả công nhận theo sổ đăng ký), {dossiers} hồ sơ, trong đó {open} đang mở.",
        "Dossiers: {rows} rows (with recognitions from the register), {dossiers} dossiers, {open} of them open.",
    ),
    "checked_years": (
        "Công nhận mới khác nhau theo năm của quyết định / theo năm kế hoạch: {years}.",
        "New products by year of decision / by programme year differ: {years}.",
    ),
    "checked_error": ("LỖI", "ERROR"),
    "checked_warning": ("CẢNH BÁO", "WARNING"),
    "checked_passed": ("ĐẠT", "PASSED"),
    "checked_skipped": ("CHƯA KIỂM TRA", "NOT CHECKED"),
    "checked_count": (
        "{errors} lỗi (phải sửa trước khi dự báo), {warnings} cảnh báo (nên xem lại, không làm dừng dự báo).",
        "{errors} errors (to be mended before a forecast), {warnings} warnings (worth a look; they stop nothing).",
    ),
    "check_title": ("Kiểm tra số liệu OCOP", "Check of the OCOP data"),
    "check_page_written": ("Đã ghi {path}.", "Written: {path}."),
    "checked_table": ("{path}: {rows} dòng.", "{path}: {rows} rows."),
    # what a call asks for
    "ask_units": (
        '{name}: dự báo không có đơn vị {value}. Dùng mã trong forecast.units; province.unit("Ngọc Lặc") cho biết mã của một tên.',
        '{name} names units that the forecast does not have: {value}. Use the codes of forecast.units; province.unit("Ngọc Lặc") gives the code of a name.',
    ),
    "ask_as_of": (
        "as_of={value} không phải tháng cuối của bảng tháng, {last}, cũng không phải một ngày trong tháng đó.",
        "as_of={value} is neither the panel's last month, {last}, nor a day in it.",
    ),
    "ask_until": (
        "until={value} nằm trước thời điểm đã có số liệu, {as_of}: chọn {first} hoặc muộn hơn.",
        "until={value} lies before what is known, {as_of}: ask for {first} or later.",
    ),
    "ask_draws": (
        "seed phải từ 0 trở lên và draws từ 1 trở lên, không phải {seed} và {draws}.",
        "seed must be 0 or more and draws 1 or more, not {seed} and {draws}.",
    ),
    "ask_level": (
        "level phải là xác suất giữa 0 và 1, như 0.8 là 80 %, không phải {value}.",
        "level must be a probability between 0 and 1, such as 0.8 for 80 %, not {value}.",
    ),
    "ask_december": (
        "dự báo kết thúc vào {value}: chỉ tiêu năm cần dự báo đến tháng 12.",
        "the forecast ends in {value}: a year's target needs one that ends in December.",
    ),
    "ask_rule": (
        "Rule cần 0 < at_risk < on_track < 1, không phải at_risk={at_risk}, on_track={on_track}.",
        "a Rule needs 0 < at_risk < on_track < 1, not at_risk={at_risk}, on_track={on_track}.",
    ),
    "ask_money": (
        "budget và cost là số đồng, như 50_000_000, không phải {budget} và {cost}.",
        "budget and cost are VND, such as 50_000_000, not {budget} and {cost}.",
    ),
    "ask_capacity": (
        "capacity là số hồ sơ hỗ trợ được mỗi tháng, không phải {value}.",
        "capacity is a number of supports a month, not {value}.",
    ),
    "ask_goal": (
        "goal là một trong {allowed}, không phải {value}.",
        "goal is one of {allowed}, not {value}.",
    ),
    "ask_least_limit": (
        "at_least yêu cầu {least} hồ sơ ở đơn vị {unit}: chỉ có thể từ 0 đến {most}.",
        "at_least asks for {least} supports in {unit}: 0 to {most} can be.",
    ),
    "ask_least_money": (
        "at_least yêu cầu {least} hồ sơ, tốn {money} triệu đồng: kinh phí và năng lực chỉ cho {count} hồ sơ.",
        "at_least asks for {least} supports, which cost {money} million VND: budget and capacity allow {count}.",
    ),
    "ask_effect": (
        "hiệu quả là xác suất giữa mức thấp và mức cao của nó, 0 <= low <= effect <= high <= 1, không phải low={low}, effect={effect}, high={high} ở đơn vị {unit}.",
        "an effect is a probability between its low and its high, 0 <= low <= effect <= high <= 1, not low={low}, effect={effect}, high={high} in {unit}.",
    ),
    "ask_round": (
        "đợt họp phải nằm sau {as_of} và không muộn hơn {last}, không phải {value}.",
        "a round must lie after {as_of} and by {last}, not on {value}.",
    ),
    "ask_round_alone": (
        "chỉ thêm được đợt họp khi đã có đợt dự kiến: không có thì dự báo không biết lịch nào.",
        "a round can be added only to planned ones: without any the forecast knows no calendar.",
    ),
    "ask_faster": (
        "không có hồ sơ nào, hoặc dự báo không dựa vào hồ sơ: không có gì để đẩy nhanh.",
        "no dossiers are known, or none are believed: there is nothing to speed up.",
    ),
    "ask_no_targets": (
        "không có chỉ tiêu nào để so sánh: xem read_targets.",
        "there are no targets to hold the year against: see read_targets.",
    ),
    "ask_changes": (
        "chỉ tiêu phải từ 0 trở lên, tốc độ phải lớn hơn 0, như 2 là nhanh gấp đôi.",
        "targets must be 0 or more, and speeds above 0, such as 2 for twice as fast.",
    ),
    "ask_dossiers": (
        "không có bảng hồ sơ: không biết hồ sơ nào đang chờ. Xem read_dossiers.",
        "there is no table of dossiers, so nothing is known to be on its way: see read_dossiers.",
    ),
    "ask_no_origins": (
        "origins trống: nêu một tháng như '2023-09', hoặc bỏ origins.",
        "origins is empty: name a month such as '2023-09', or leave origins out.",
    ),
    "ask_origin": (
        "origin {value}: bảng tháng phải có tháng đó và {december}; bảng đi từ {first} đến {last}.",
        "origin {value}: the panel must hold it and {december}; it goes from {first} to {last}.",
    ),
    "ask_panel_index": (
        "bảng tháng cần chỉ mục PeriodIndex theo tháng: panel.index = pd.PeriodIndex(months, freq='M').",
        "the panel needs a monthly PeriodIndex: panel.index = pd.PeriodIndex(months, freq='M').",
    ),
    "ask_panel_empty": (
        "bảng tháng trống, {months} tháng x {units} đơn vị: mỗi chiều cần ít nhất một.",
        "the panel is empty, {months} months x {units} units: give one of each.",
    ),
    "ask_panel_gap": (
        "bảng tháng nhảy từ {here} sang {after}: cần đủ mọi tháng, theo thứ tự, mỗi tháng một lần.",
        "the panel goes from {here} to {after}: reindex it to every month, in order, once.",
    ),
    "ask_panel_code": (
        "mã đơn vị {value} không phải là chữ: đọc mã bằng dtype=str ({count} mã như vậy).",
        "unit code {value} is not text: read codes with dtype=str ({count} like this).",
    ),
    "ask_panel_twice": (
        "đơn vị {value} có hơn một cột: cộng các cột lại, hoặc cho mỗi cột một mã riêng.",
        "unit {value} has more than one column: add them up, or give each its own code.",
    ),
    "ask_panel_count": (
        "đơn vị {unit}, tháng {month}: {value} không phải là số nguyên từ 0 trở lên; sửa lại, điền 0 nếu không có sản phẩm ({count} ô như vậy).",
        "unit {unit}, month {month}: {value} is not a whole number from 0 up; correct it, 0 where nothing was recognised ({count} like this).",
    ),
    "ask_targets_columns": (
        "bảng chỉ tiêu thiếu cột {value}: cần có unit, year và target.",
        "targets lack column {value}: they need unit, year and target.",
    ),
    "ask_targets": (
        "bảng chỉ tiêu, đơn vị {unit}, năm {year}: {value} là số âm hoặc được nêu hơn một lần; mỗi đơn vị mỗi năm chỉ một chỉ tiêu từ 0 trở lên ({count} dòng như vậy).",
        "targets, unit {unit}, year {year}: {value} is negative or given more than once; keep one target from 0 up a unit and year ({count} rows like this).",
    ),
    # results in JupyterLab
    "card_trend": ("Xu hướng của số đếm hằng tháng", "Trend of monthly counts"),
    "card_forecast": ("Dự báo tổng cả năm", "Forecast of the year's total"),
    "card_projection": ("Dự báo tổng cả năm của tỉnh, từ hai nguồn", "The province's year, from two sources"),
    "card_plan": ("Phương án hỗ trợ", "Plan of support"),
    "card_difference": ("Chênh lệch khi kế hoạch thay đổi", "What a changed plan changes"),
    "card_province": ("Số liệu của một tỉnh", "A province's tables"),
    "card_name": ("tên", "name"),
    "card_year": ("năm", "year"),
    "card_as_of": ("tính đến", "as_of"),
    "card_months": ("các tháng sắp tới", "months to come"),
    "card_draws": ("số lần mô phỏng", "draws"),
    "card_seed": ("hạt giống", "seed"),
    "card_units": ("số đơn vị", "units"),
    "card_units_as": ("theo đơn vị", "units_as"),
    "card_count_by": ("tính theo năm", "count_by"),
    "card_open": ("hồ sơ đang mở", "open dossiers"),
    "card_weight": ("mức dựa vào hồ sơ", "weight of the dossiers"),
    "card_goal": ("mục tiêu", "goal"),
    "card_budget": ("kinh phí (đồng)", "budget (VND)"),
    "card_cost": ("mỗi hồ sơ (đồng)", "cost (VND)"),
    "card_spent": ("sử dụng (đồng)", "spent (VND)"),
    "card_robust_choice": ("an toàn nhất khi chưa biết hiệu quả", "robust_choice"),
    "trend_known": ("Đã có số liệu", "Known"),
    "trend_known_said": ("{first} đến {last} ({months} tháng)", "{first} to {last} ({months} months)"),
    "trend_size": ("Đơn vị, sản phẩm", "Units, products"),
    "trend_size_said": ("{units}, {products}", "{units}, {products}"),
    "trend_growth": ("Tăng trưởng mỗi năm", "Growth a year"),
    "trend_growth_said": ("{estimate} (80 %: {lower}, {upper})", "{estimate} (80 %: {lower}, {upper})"),
    "trend_followed": ("Đi theo", "Followed"),
    "trend_followed_said": (
        "chỉ tiêu {targets}, đợt đánh giá {rounds}",
        "targets {targets}, rounds {rounds}",
    ),
    "trend_back": ("Bù trừ đến cuối năm", "Taken back by year end"),
    "trend_back_said": ("{part} của phần đến sớm hơn dự kiến", "{part} of what came ahead of expectation"),
    "trend_month": ("Độ phân tán của một tháng", "Dispersion of a month"),
    "trend_month_said": ("{month} (1 = Poisson)", "{month} (1 = Poisson)"),
    "trend_unit": ("Độ phân tán của một đơn vị", "Dispersion of a unit"),
    "trend_unit_said": ("mức {level}, theo lô {batch}", "level {level}, batch {batch}"),
    "trend_note": ("Ghi chú: {note}.", "Note: {note}."),
    # money on the command line
    "money_unclear": (
        '"{value}" không phải là một số tiền. Viết như 1.5e9, 1500000000, "1,5 tỷ" hoặc "500 triệu".',
        '"{value}" is no sum of money. Write it as 1.5e9, 1500000000, "1,5 tỷ" or "500 triệu".',
    ),
    "chances_few": ("chưa đến 1", "fewer than 1"),
    "chances_most": ("hơn 99", "more than 99"),
}


class Sentence(str):
    """A text that JupyterLab shows as a paragraph, whatever signs its names hold."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        lines = html.escape(self).replace("\n", "<br>")
        return f'<p style="font-size:1.15em;max-width:48em">{lines}</p>'


def spoken() -> str:
    """Return the language that the environment asks for, as POSIX has it; Vietnamese if it is none of ours."""
    names = ("OCOP_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    asked = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return asked[:2] if asked[:2] in LANGUAGES else LANGUAGES[0]


def label(key: str, lang: str = "vi", **values) -> str:
    """Return the words for `key` in `lang`, its blanks filled with `values`.

    Examples
    --------
    >>> label("flag_on_track", "vi"), label("at_row", "en", row=41)
    ('đúng tiến độ', 'row 41')
    """
    return WORDS[key][LANGUAGES.index(lang)].format(**values)


def number(value: float, lang: str, digits: int = 0) -> str:
    """Return a number as the reader writes it.

    Examples
    --------
    >>> number(1234.56, "vi", 1), number(1234.56, "en", 1)
    ('1.234,6', '1,234.6')
    """
    if pd.isna(value):
        return "–"
    text = f"{value:,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text


def percent(probability: float) -> str:
    """Return a probability in whole per cent; certainty is not ours to claim, so <1 % and >99 % are the ends.

    Examples
    --------
    >>> print(percent(0.313), percent(0.004), percent(1.0))
    31\u00a0% <1\u00a0% >99\u00a0%
    """
    if pd.isna(probability):
        return "–"
    if not 0.01 <= probability <= 0.99:
        return "<1\u00a0%" if probability < 0.01 else ">99\u00a0%"
    return f"{100 * probability:.0f}\u00a0%"


def chance(probability: float, so_far: int, target: float, lang: str) -> str:
    """Return the probability of a target in words: what is attained is a fact and not an estimate.

    Examples
    --------
    >>> chance(1.0, 3, 3, "en")
    'attained'
    """
    if not pd.isna(target) and so_far >= target:
        return label("done", lang)
    return percent(probability)


def chances(probability: float, lang: str) -> str:
    """Return how many of 100 such years a probability means, in words at the ends."""
    if 0.01 <= probability <= 0.99:
        return f"{100 * probability:.0f}"
    return label("chances_few" if probability < 0.01 else "chances_most", lang)


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def month(period: pd.Period, lang: str) -> str:
    """Return a month in words, or the day where that is what the period is.

    Examples
    --------
    >>> month(pd.Period("2024-09", "M"), "vi"), month(pd.Period("2024-09", "M"), "en")
    ('tháng 9/2024', 'September 2024')
    >>> month(pd.Period("2024-09-19", "D"), "vi"), month(pd.Period("2024-09-19", "D"), "en")
    ('ngày 19/9/2024', '19 September 2024')
    """
    if period.freqstr == "D":
        return f"ngày {day(period, lang)}" if lang == "vi" else day(period, lang)
    return (
        f"tháng {period.month}/{period.year}" if lang == "vi" else f"{MONTHS[period.month - 1]} {period.year}"
    )


def day(date: "pd.Timestamp | pd.Period", lang: str) -> str:
    """Return a day in the reader's form.

    Examples
    --------
    >>> day(pd.Timestamp("2024-09-18"), "vi"), day(pd.Timestamp("2024-09-18"), "en")
    ('18/9/2024', '18 September 2024')
    """
    if lang == "vi":
        return f"{date.day}/{date.month}/{date.year}"
    return f"{date.day} {MONTHS[date.month - 1]} {date.year}"
