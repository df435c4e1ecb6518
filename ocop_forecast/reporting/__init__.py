"""What a meeting is given: all sentences, the page, the workbook, the note, tables, pictures, widgets.

`meeting.prepared` puts a pack together, `writing.write` writes its files. Facts come from the rooms below;
here they are put into words and laid out, and nothing is computed that a table does not hold.
"""
