from sklearn.metrics import accuracy_score, f1_score


def summary(truth, predicted):
    return {"accuracy": accuracy_score(truth, predicted), "f1": f1_score(truth, predicted)}
