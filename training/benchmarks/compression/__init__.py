"""Everything that CLaRa's compression is judged by, measured on held-out products and documents by one command.

    python -m seamless_retail.training.benchmarks.compression [--model FOLDER] [--only a,c] [--json FILE]

One module per figure: each measures and gives plain data, and writes the Markdown table of such data.
"""
