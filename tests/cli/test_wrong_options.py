"""Wrong options, tables and commands are refused with a sentence, and nothing is written."""

import pytest


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--optimizer", "adma"], "There is no optimizer 'adma'. Did you mean 'adam'? Choose one of: sgd, momentum"),
        (["--optimizer", "adam,"], "There is no optimizer ''. Choose one of: sgd, momentum"),
        (["--activation", "reluu"], "There is no activation 'reluu'. Did you mean 'relu'?"),
        (["--schedule", "cosin"], "There is no schedule 'cosin'. Did you mean 'cosine'?"),
        (["--loss", "cross_entropi"], "There is no loss 'cross_entropi'. Did you mean 'cross_entropy'?"),
        *((["--learning-rate", bad], "learning_rate must be > 0 and fin") for bad in ("0", "-1", "nan", "inf", "1,-1")),
        (["--learning-rate", "fast"], "--learning-rate: must be numbers such as 0.001,0.01, not 'fast'"),
        (["--learning-rate", "0.1,"], "--learning-rate: must be numbers such as 0.001,0.01, not ''"),
        (["--batch-size", "0"], "batch_size must be a whole number ≥ 1, not 0"),
        (["--batch-size", "1.5"], "--batch-size: must be whole numbers or auto, such as 64,256, not '1.5'"),
        (["--dropout", "1.5"], "dropout must be in [0, 1), not 1.5"),
        (["--dropout", "nan"], "dropout must be in [0, 1), not nan"),
        (["--l2", "-1"], "l2 must be in [0, inf), not -1"),
        (["--hidden-layer-sizes", "64,0"], "hidden_layer_sizes must be a whole number ≥ 1, not 0"),
        (["--hidden-layer-sizes", "64,;8"], "must be widths such as 64,64;128, or none, not ''"),
        (["--hidden-layer-sizes", "wide"], "or none, not 'wide'"),
        (["--epochs", "0"], "'--epochs': Input should be greater than or equal to 1"),
        (["--epochs", "many"], "'--epochs'"),
        (["--members", "0"], "'--members': Input should be greater than or equal to 1"),
        (["--seeds", "0"], "'--seeds': Input should be greater than or equal to 1"),
        (["--patience", "0"], "'--patience': Input should be greater than or equal to 1"),
        (["--devices", "0"], "'--devices': Input should be greater than or equal to 1"),
        (["--random-state", "-1"], "'--random-state': Input should be greater than or equal to 0"),
        (["--random-state", "4294967296"], "'--random-state': Input should be less than or equal to 4294967295"),
        (["--task", "guessing"], "'--task'"),
        (["--optimiser", "adam"], "No such option: --optimiser (Possible options: --optimizer"),
        (["--loss", "mean_squared_error"], "loss 'mean_squared_error': This loss does not fit the target: 'target' h"),
        (["--loss", "binary_cross_entropy"], "'target' holds 10 classes. Choose cross_entropy"),
        (["--target", "pixel_0"], "There is no column 'pixel_0'. Its columns: 'pixel_0_0'"),
        (["--validation", "1"], "'--validation': Input should be less than or equal to 0.9"),
        (["--validation", "nan"], "'--validation': Input should be less than or equal to 0.9"),
        (["--validation", "0.6", "--test", "0.5"], "validation and test must be ≥ 0 and less than 1 together, not 0.6"),
        (["--test", "-0.1"], "'--test': Input should be greater than or equal to 0"),
        (["--folds", "0"], "'--folds': Input should be greater than or equal to 1"),
        (["--folds", "2000"], "digits: There are too few rows for 2000 folds: 1797. Ask for fewer folds"),
        (["--numeric", "rank"], "'--numeric': Value error, 'rank' is not one of 'auto', 'robust', 'standard', 'q"),
        (["--metric", "acuracy"], "There is no metric 'acuracy'. Did you mean 'accuracy'?"),
        (["--metric", ""], "There is no metric ''. Choose one of: accuracy, balanced_accuracy"),
        (["--metric", "roc_auc"], "The metric 'roc_auc' is for two classes, and the target holds 10 classes. Did you"),
        (["--class-weight", "even"], "class_weight must be 'balanced' or one weight a class, not 'even'"),
        (["--task", "binary"], "The task binary needs two classes, and there are 10: 0, 1, 2, 3, 4 and 5 more. Le"),
        (["--id", "name"], "digits: There is no column 'name'. Its columns: 'pixel_0_0'"),
        (["--id", "pixel_0_1,"], "There is no column ''. Its columns: 'pixel_0_0'"),
        (["--exclude", "target"], "column 'target': The column is the target, and cannot have the role excl"),
        (["--weight", "pixel_0_1", "--category", "pixel_0_1"], "cannot have the roles weight and category at once"),
        (["--weight", "pixel_0_0"], "column 'pixel_0_0': All weights are 0. Name anoth"),
        (["--group", "pixel_0_0"], "There are too few groups for 2 sets of rows: 1. Name another column of groups"),
        (["--group", "pixel_0_1", "--time-column", "pixel_0_2"], "Rows can be divided by groups or by time"),
        (["--time", "60s"], "The column that orders rows in time is named with --time-column now"),
        (["--table", "digits"], "digits: This is a built-in table, not a database of several. Lea"),
        (["--runs", "good.csv"], "good.csv: Runs cannot be kept here: good.csv is a file. Name another folder with"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused(refused, options, said):
    assert said in refused("train", "digits", *options)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["digits"], "No such command 'digits'."),
        (["trian", "digits"], "No such command 'trian'. Did you mean 'train'?"),
        (["train"], "Missing argument"),
        (["inspect"], "Missing argument"),
        (["inspect", "good.csv"], "Which column is to be predicted?"),
        (["inspect", "good.csv", "--target", "Y"], "Did you mean 'y'?"),
        (["inspect", "iris", "--epochs", "3"], "No such option: --epochs"),
        (["inspect", "iris", "--numeric", "x"], "'--numeric'"),
        (["inspect", "good.csv", "--target", "y", "--table", "t"], "holds one table: 't' can only be read from"),
        (["train", "iris", "wine"], "unexpected extra argument"),
        (["train", "diabetes", "--loss", "cross_entropy"], "'target' holds numbers. Choose mean_squared_error or"),
        (["train", "diabetes", "--loss", "binary_cross_entropy"], "loss 'binary_cross_entropy': This loss does not f"),
        (["train", "iris", "--task", "regression"], "iris, row 1, column 'target': The text 'setosa' is not a number"),
        (["train", "digts"], "digts: There is no file and no built-in table of this name. Did you mean 'digits'"),
        (["train", "goood.csv", "--target", "y"], "built-in table of this name. Did you mean 'good.csv' or "),
        (["train", "no/good.csv", "--target", "y"], "There is no folder no, and no built-in table of this name. Buil"),
        (["train", "good.csv"], "Which column is to be predicted? There are 'a', 'b', 'y'. Add --target C"),
        (["train", "good.csv", "--target", "Y"], "no column 'Y'. Its columns: 'a', 'b', 'y'. Did you mean 'y'?"),
        (["train", "text.csv", "--target", "y"], "text.csv, line 3, column 'b': The text '"),
        (["train", "empty.csv", "--target", "y"], "empty.csv: The file is empty: there is no table in it."),
        (["train", "header.csv", "--target", "y"], "header.csv: There are no rows in it, only names: "),
        (["train", "row.csv", "--target", "y"], "row.csv: There are too few rows (2 to train on, 1 for validation, "),
        (["train", "class.csv", "--target", "y"], "class.csv, column 'y': There must be at least two classes, but th"),
        (["train", "folder", "--target", "y"], "folder: This is a folder, not a file. Name a file in it: 'i"),
        (["train", "data.xlsx", "--target", "y"], "data.xlsx: The name ends with '.xlsx'. Names of tables end with ."),
    ],
)  # fmt: skip
def test_wrong_tables_and_commands_are_refused(refused, arguments, said):
    assert said in refused(*arguments)
